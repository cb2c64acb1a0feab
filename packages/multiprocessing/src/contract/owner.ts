import { AsyncLocalStorage } from "node:async_hooks";
import { currentTask } from "@concurrent-futures/core";

/**
 * The owner of an `RLock`. In Python it is a thread; here many owners share one. An owner is, from the inside out:
 *
 * 1. the function given to `rlock.run(fn)`, with all that it calls and awaits;
 * 2. the task that an executor runs (`currentTask()`);
 * 3. everything in this thread.
 *
 * Each is part of those after it, and what an outer owner holds, the inner ones hold as well. So two tasks in one
 * worker exclude each other, and so do two `run` calls side by side; two bare `acquire()` calls of one thread outside
 * of both are one owner, as in Python. Setting a mark at `acquire()` would not do better: the caller's other owners
 * would inherit it.
 */
type OwnerPath = readonly [own: number, ...outer: number[]];

const running = new AsyncLocalStorage<OwnerPath>();
const ofTasks = new WeakMap<object, OwnerPath>();
const ofThread: OwnerPath = [0];
let last = 0;

function currentOwners(): OwnerPath {
  const owners = running.getStore();
  if (owners !== undefined) return owners;
  const task = currentTask();
  if (task === undefined) return ofThread;
  let ofTask = ofTasks.get(task);
  if (ofTask === undefined) {
    ofTask = [++last, 0];
    ofTasks.set(task, ofTask);
  }
  return ofTask;
}

/** The number of the current owner; unique in this thread. */
export function currentOwner(): number {
  return currentOwners()[0];
}

/** The current owner and those that it is part of, from the inside out: for a server that has to compare them. */
export function currentOwnerPath(): string {
  return currentOwners().join("/");
}

/** Whether what an owner of this thread holds is held by the current owner as well. */
export function isWithin(owner: number): boolean {
  return currentOwners().includes(owner);
}

/** Runs a function as an owner of its own. */
export function runAsOwner<R>(fn: () => R): R {
  return running.run([++last, ...currentOwners()], fn);
}
