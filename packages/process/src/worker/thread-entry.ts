import { MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { withSource } from "@concurrent-futures/callable/load";
import { identify } from "../identity.ts";
import { ModuleLoadLock } from "../module-load-lock.ts";
import { SharedResultWriter } from "../results/result-writer.ts";
import { phaseLeaving, phaseListening, type ThreadData } from "../thread-data.ts";
import type { FromWorker, ToWorker } from "../wire.ts";
import { now } from "./builtins.ts";
import { runMessageLoop } from "./message-loop.ts";
import { Receiver } from "./receiver.ts";

/**
 * What runs in a thread that piscina has started, which loads it by `require`. It takes the thread over: our port comes as the next message to the thread, and from
 * then on piscina only knows that the thread is alive.
 */

// As they are when the worker starts: a task may replace them.
const { apply } = Reflect;
const { add, load, notify, wait } = Atomics;
const { postMessage } = MessagePort.prototype;

function attachThread(data: ThreadData): void {
  const { wakeWord, outgoingCount, startPhase, slots, resultLog, loadLock, workerId, parent } = data;
  const thread = parentPort;
  if (thread === null) throw new Error("thread-entry must be loaded by a pool, in a worker thread.");
  const wakeHost = (): void => {
    add(wakeWord, 0, 1);
    notify(wakeWord, 0);
  };
  process.once("exit", (code) => {
    Atomics.store(startPhase, 1, code);
    Atomics.store(startPhase, 0, phaseLeaving);
    wakeHost();
  });
  new ModuleLoadLock(loadLock).install();
  const name = `PoolWorker-${workerId}`;
  identify({ name, parent, startMethod: "thread" });
  thread.removeAllListeners("message");
  thread.once("message", ({ port }: { port: MessagePort }) => {
    const receiver = new Receiver({
      slots,
      sharesMemory: true,
      results: new SharedResultWriter(resultLog, slots),
      workerId,
      send(message: FromWorker, transfer: readonly object[]): void {
        apply(postMessage, port, [message, transfer]);
        wakeHost();
      },
      receiveSync(milliseconds: number): ToWorker | undefined {
        const end = now() + milliseconds;
        for (;;) {
          const seen = load(outgoingCount, 0);
          const next = receiveMessageOnPort(port);
          if (next !== undefined) return next.message as ToWorker;
          const left = end - now();
          if (left <= 0) return undefined;
          wait(outgoingCount, 0, seen, left);
        }
      },
    });
    runMessageLoop(port, outgoingCount, receiver);
  });
  Atomics.store(startPhase, 0, phaseListening);
  wakeHost();
  thread.postMessage("listening");
}

withSource(() => attachThread(workerData as ThreadData));

/** Piscina wants a handler; its one task only serves to start the thread. @public */
export default (): void => {};
