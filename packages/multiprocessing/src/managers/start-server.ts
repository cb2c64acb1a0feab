import { Worker } from "node:worker_threads";
import { type CallableRef, type PackedError, unpackError } from "@concurrent-futures/callable";
import { type Address, removeTemporary } from "../connection/address.ts";

/** A registered type on its way to the server's thread. */
export interface TypeDescription {
  readonly type: string;
  readonly callable: CallableRef | undefined;
  readonly exposed: readonly string[] | undefined;
  readonly methodToTypeid: Readonly<Record<string, string>>;
}

/** What a server's thread is started with. */
export interface ServerStart {
  readonly address: Address;
  readonly key: Uint8Array;
  readonly trusted: boolean;
  readonly types: readonly TypeDescription[];
  readonly initializer: { readonly callable: CallableRef; readonly args: unknown } | undefined;
  /** Rung when it listens, for a parent that blocks. */
  readonly wakeWord: Int32Array;
}

/** What the thread says, once. */
export type ServerReady = { readonly address: Address } | { readonly failure: PackedError };

/** A running server thread. */
export interface ServerThread {
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

/** Starts a server in a thread of its own. It does not keep the program alive, and ends with it. */
export function launch(start: ServerStart, temporary: boolean): ServerThread {
  const worker = new Worker(new URL("./server-entry.js", import.meta.url), { workerData: start });
  const clean = (): void => {
    if (temporary) removeTemporary(start.address);
  };
  process.once("exit", clean);
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      process.off("exit", clean);
      clean();
      resolve();
    });
  });
  worker.on("error", () => {});
  return { worker, ended };
}

/** Waits until it listens. @throws what kept it from that: a taken address, a failing initializer */
export async function whenReady({ worker, ended }: ServerThread): Promise<Address> {
  const ready = await new Promise<ServerReady>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    void ended.then(() => reject(new Error("The manager's server ended before it was ready.")));
  });
  worker.unref();
  if ("failure" in ready) {
    await ended;
    throw await unpackError(ready.failure);
  }
  return ready.address;
}
