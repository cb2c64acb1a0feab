import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { type PackedError, unpackErrorSync } from "@concurrent-futures/callable";
import type { Address } from "../connection/address.ts";
import { flushLinks, type RequestBody, thisClient, unsentReferences } from "./link.ts";
import type { Reply } from "./wire.ts";

/** What a blocked thread asks its helper. */
export interface SyncRequest {
  readonly address: Address;
  readonly key: Uint8Array;
  readonly client: string;
  /** Told before it asks. */
  readonly before: readonly RequestBody[];
  readonly body: RequestBody;
}

/** What the helper answers: the server's reply, or why there is none. */
export type SyncReply = { readonly reply: Reply } | { readonly failure: PackedError };

/** What the helper is started with. */
export interface SyncStart {
  readonly wakeWord: Int32Array;
  readonly port: MessagePort;
}

interface Helper {
  readonly wakeWord: Int32Array;
  readonly port: MessagePort;
}

let helper: Helper | undefined;

/**
 * Asks a server and blocks this thread until it answers. A helper thread, started by the first such call and unref'd,
 * has the socket: the event loop of this thread stands still meanwhile.
 */
export function requestSync(address: Address, key: Uint8Array, body: RequestBody): Reply {
  // What was called before, without waiting for it, comes first.
  flushLinks();
  helper ??= start();
  const { wakeWord, port } = helper;
  const seen = Atomics.load(wakeWord, 0);
  const before = unsentReferences(address, key);
  port.postMessage({ address, key, client: thisClient, before, body } satisfies SyncRequest);
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: SyncReply } | undefined;
    if (received !== undefined) {
      if ("failure" in received.message) throw unpackErrorSync(received.message.failure);
      return received.message.reply;
    }
    Atomics.wait(wakeWord, 0, seen);
  }
}

function start(): Helper {
  const { port1, port2 } = new MessageChannel();
  const wakeWord = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./sync-entry.js", import.meta.url), {
    workerData: { wakeWord, port: port2 } satisfies SyncStart,
    transferList: [port2],
    execArgv: [],
    stdin: false,
  });
  worker.unref();
  port1.unref();
  return { wakeWord, port: port1 };
}
