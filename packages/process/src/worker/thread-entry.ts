import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { compactFromWorker } from "../compact.ts";
import { identify } from "../identity.ts";
import { LoadingGate } from "../loading-gate.ts";
import { phaseLeaving, phaseListening, type ThreadData } from "../thread-data.ts";
import type { FromWorker } from "../wire.ts";
import { takeMessages } from "./inbox.ts";
import { RunLoop } from "./run-loop.ts";

/**
 * What runs in a thread that piscina has started. It takes the thread over: our port comes as the next message to the thread, and from
 * then on piscina only knows that the thread is alive.
 */

function takeOver(data: ThreadData): void {
  const { bell, posted, phase, slots, gate, workerId, parent } = data;
  const thread = parentPort;
  if (thread === null) throw new Error("thread-entry must be loaded by a pool, in a worker thread.");
  const ring = (): void => {
    Atomics.add(bell, 0, 1);
    Atomics.notify(bell, 0);
  };
  process.once("exit", (code) => {
    Atomics.store(phase, 1, code);
    Atomics.store(phase, 0, phaseLeaving);
    ring();
  });
  new LoadingGate(gate).install();
  const name = `PoolWorker-${workerId}`;
  identify({ name, parent: { name: parent, pid: process.pid }, startMethod: "thread" });
  thread.removeAllListeners("message");
  thread.once("message", ({ port }: { port: MessagePort }) => {
    const loop = new RunLoop({
      slots,
      sharesMemory: true,
      workerId,
      send(message: FromWorker, transfer: readonly object[]): void {
        port.postMessage(compactFromWorker(message), transfer as never[]);
        ring();
      },
    });
    takeMessages(port, posted, loop);
  });
  Atomics.store(phase, 0, phaseListening);
  ring();
  thread.postMessage("listening");
}

takeOver(workerData as ThreadData);
