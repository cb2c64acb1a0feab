import { AsyncLocalStorage } from "node:async_hooks";
import { currentTask } from "@concurrent-futures/core";

/** The numbers of an owner and of those around it, from the inside out. Those of async scopes are negative; 0 is the thread. */
export type OwnerPath = readonly [own: number, ...outer: number[]];

/**
 * The owner of an `RLock`. In Python it is a thread; here many owners share one. An owner is, from the inside out:
 *
 * 1. the function given to `rlock.run(fn)`, with all that it calls and awaits;
 * 2. the task that an executor runs (`currentTask()`);
 * 3. outside of both, a scope of async code: from an `acquire()` to its `release()`, what follows in its async context.
 *
 * Each is part of those around it, and what an outer owner holds, the inner ones hold as well. So two tasks in one worker
 * exclude each other, as do two `run` calls, or two handlers that acquire, side by side.
 *
 * The context of an `acquire()` goes on in the code that has called its caller, too: what that code starts while the lock
 * is held cannot be told from the scope. `run()` has no such limit.
 */
interface Owner {
  readonly path: OwnerPath;
  /** Until the code that acquires has awaited that: what is called meanwhile was started beside it, in the outer one. */
  starting: boolean;
  outer?: Owner | undefined;
}

const context = new AsyncLocalStorage<Owner>();
const ofTasks = new WeakMap<object, OwnerPath>();
/** The async scopes that hold something, or want to. */
const asyncScopes = new Set<number>();
const ofThread: OwnerPath = [0];
let last = 0;

/** The path of the current owner. */
export function currentOwnerPath(): OwnerPath {
  let owner = context.getStore();
  while (owner?.starting) owner = owner.outer;
  if (owner !== undefined) {
    const { path } = owner;
    return path[0] > 0 || asyncScopes.has(path[0]) ? path : (path.filter(isLive) as unknown as OwnerPath);
  }
  const task = currentTask();
  if (task === undefined) return ofThread;
  let ofTask = ofTasks.get(task);
  if (ofTask === undefined) {
    ofTask = [++last, 0];
    ofTasks.set(task, ofTask);
  }
  return ofTask;
}

/**
 * The path of the owner that acquires: outside of `run()` and tasks an async scope begins.
 *
 * @param blocks - whether the call blocks: what follows it then is in that scope already.
 */
export function beginAsyncScope(blocks: boolean): OwnerPath {
  const outer = currentOwnerPath();
  if (outer[0] > 0) return outer;
  const number = -++last;
  asyncScopes.add(number);
  const scope: Owner = {
    path: [number, ...outer.filter(isLive)],
    starting: !blocks,
    outer: blocks ? undefined : context.getStore(),
  };
  context.enterWith(scope);
  if (!blocks) {
    queueMicrotask(() => {
      scope.starting = false;
      scope.outer = undefined;
    });
  }
  return scope.path;
}

/** What the owner with this number has acquired is released, or was never acquired. */
export function endAsyncScope(number: number): void {
  asyncScopes.delete(number);
}

function isLive(number: number): boolean {
  return number >= 0 || asyncScopes.has(number);
}

/** Whether what one owner holds is held by another as well: the same, or one within it. Both are paths. */
export function isWithin(inner: readonly number[], outer: readonly number[]): boolean {
  return inner.includes(outer[0] as number);
}

/**
 * Whether an owner may release what another holds. As a scope cannot always be told, e.g. in a listener that it has added,
 * code outside of `run()` and tasks may release what such code holds.
 */
export function mayRelease(owner: readonly number[], holder: readonly number[]): boolean {
  return isWithin(owner, holder) || ((holder[0] as number) < 0 && (owner[0] as number) <= 0);
}

/** Runs a function as an owner of its own. */
export function runAsOwner<R>(fn: () => R): R {
  return context.run({ path: [++last, ...currentOwnerPath()], starting: false }, fn);
}
