import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { TaskName } from "./peer.ts";

export const atomicsWaitSettings =
  "one worker and this thread, each asleep in Atomics.wait while the other works, values by receiveMessageOnPort: what blocking itself costs";

/** A worker that is called by blocking this thread. */
export interface BlockingWorker {
  callSync(value: unknown): unknown;
  close(): Promise<void>;
}

/** Starts a worker that sleeps in `Atomics.wait` between calls. */
export function startBlockingWorker(name: TaskName): BlockingWorker {
  const { port1, port2 } = new MessageChannel();
  const bells = new Int32Array(new SharedArrayBuffer(8));
  const script = new URL("../../workers/atomics-wait.mjs", import.meta.url);
  const worker = new Worker(script, { workerData: { name, port: port2, bells }, transferList: [port2] });
  let answered = 0;
  const ring = (value: unknown): void => {
    port1.postMessage(value);
    Atomics.add(bells, 0, 1);
    Atomics.notify(bells, 0);
  };
  return {
    callSync(value) {
      ring(value);
      if (Atomics.wait(bells, 1, answered, 10_000) === "timed-out")
        throw new Error("the bare worker is silent");
      answered++;
      return receiveMessageOnPort(port1)?.message;
    },
    async close() {
      ring("stop");
      port1.close();
      await worker.terminate();
    },
  };
}
