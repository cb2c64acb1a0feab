import { AsyncLocalStorage } from "node:async_hooks";
import { currentTask } from "@concurrent-futures/core";

/**
 * Who owns an `RLock`. In Python it is a thread; here many flows share one. A flow is, from the inside out:
 *
 * 1. the function given to `rlock.run(fn)`, with all that it calls and awaits;
 * 2. the task that an executor runs (`currentTask()`);
 * 3. everything in this thread.
 *
 * Each is part of those after it, and what an outer flow holds, the inner ones hold as well. So two tasks in one
 * worker exclude each other, and so do two `run` calls side by side; two bare `acquire()` calls of one thread outside
 * of both are one owner, as in Python. Setting a mark at `acquire()` would not do better: the caller's other flows
 * would inherit it.
 */
type Flows = readonly [own: number, ...outer: number[]];

const running = new AsyncLocalStorage<Flows>();
const ofTasks = new WeakMap<object, Flows>();
const ofThread: Flows = [0];
let last = 0;

function currentFlows(): Flows {
  const flows = running.getStore();
  if (flows !== undefined) return flows;
  const task = currentTask();
  if (task === undefined) return ofThread;
  let ofTask = ofTasks.get(task);
  if (ofTask === undefined) {
    ofTask = [++last, 0];
    ofTasks.set(task, ofTask);
  }
  return ofTask;
}

/** A number for the flow that runs now; unique in this thread. */
export function currentFlow(): number {
  return currentFlows()[0];
}

/** The flow that runs now and those that it is part of, from the inside out: for a server that has to compare them. */
export function currentFlowPath(): string {
  return currentFlows().join("/");
}

/** Whether what a flow of this thread holds is held by the flow that runs now. */
export function isWithin(flow: number): boolean {
  return currentFlows().includes(flow);
}

/** Runs a function as a flow of its own. */
export function asFlow<R>(fn: () => R): R {
  return running.run([++last, ...currentFlows()], fn);
}
