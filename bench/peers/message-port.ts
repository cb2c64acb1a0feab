import { type TransferListItem, Worker } from "node:worker_threads";
import type { TaskName } from "./peer.ts";

export const messagePortSettings =
  "one worker, worker.postMessage and its message event, one function, no ids, no errors, no queue: what Node itself costs";

/** One worker that knows one function; calls must not overlap. */
export interface BareWorker {
  call(value: unknown, transfer?: readonly TransferListItem[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a bare worker. With `move` it gives back its results' buffers by moving them. */
export function startBareWorker(name: TaskName, { move = false }: { move?: boolean } = {}): BareWorker {
  const script = new URL("../../workers/message-port.mjs", import.meta.url);
  const worker = new Worker(script, { workerData: { name, move } });
  let settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined;
  worker.on("message", (value) => settle?.resolve(value));
  worker.on("error", (error) => settle?.reject(error));
  return {
    call: (value, transfer) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        worker.postMessage(value, transfer);
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Starts a bare worker and waits until it runs. */
export async function openBareWorker(name: TaskName, first: unknown = 0): Promise<BareWorker> {
  const worker = startBareWorker(name);
  await worker.call(first);
  return worker;
}
