import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { type PackedError, unpackErrorSync } from "@concurrent-futures/callable";
import type { Address } from "../connection/address.ts";
import { type Ask, flushLinks, thisClient, unsentReferences } from "./link.ts";
import type { Reply } from "./wire.ts";

/** What a blocked thread asks its helper. */
export interface SyncAsk {
  readonly address: Address;
  readonly key: Uint8Array;
  readonly client: string;
  /** Told before it asks. */
  readonly before: readonly Ask[];
  readonly ask: Ask;
}

/** What the helper answers: the server's reply, or why there is none. */
export type SyncAnswer = { readonly reply: Reply } | { readonly failure: PackedError };

/** What the helper is started with. */
export interface SyncStart {
  readonly bell: Int32Array;
  readonly port: MessagePort;
}

interface Helper {
  readonly bell: Int32Array;
  readonly port: MessagePort;
}

let helper: Helper | undefined;

/**
 * Asks a server and blocks this thread until it answers. A helper thread, started by the first such call and unref'd,
 * has the socket: the event loop of this thread stands still meanwhile.
 */
export function requestSync(address: Address, key: Uint8Array, ask: Ask): Reply {
  // What was called before, without waiting for it, comes first.
  flushLinks();
  helper ??= start();
  const { bell, port } = helper;
  const seen = Atomics.load(bell, 0);
  const before = unsentReferences(address, key);
  port.postMessage({ address, key, client: thisClient, before, ask } satisfies SyncAsk);
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: SyncAnswer } | undefined;
    if (received !== undefined) {
      if ("failure" in received.message) throw unpackErrorSync(received.message.failure);
      return received.message.reply;
    }
    Atomics.wait(bell, 0, seen);
  }
}

function start(): Helper {
  const { port1, port2 } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./sync-entry.js", import.meta.url), {
    workerData: { bell, port: port2 } satisfies SyncStart,
    transferList: [port2],
    execArgv: [],
    stdin: false,
  });
  worker.unref();
  port1.unref();
  return { bell, port: port1 };
}
