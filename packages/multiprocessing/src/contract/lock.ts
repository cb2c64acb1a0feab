import { checkFunction } from "@concurrent-futures/core/options";
import { Acquirable } from "./acquirable.ts";
import { runAsOwner } from "./owner.ts";

/**
 * A lock for workers (Python: `multiprocessing.Lock`): pass it to them as an argument, and all of them have the same lock.
 * Any worker may release it, not only the one that acquired it. It is not recursive: acquiring it twice waits forever;
 * see `RLock`.
 *
 * Waiters get it in the order in which they came; between threads a newcomer may overtake a waiter, at most once. When a
 * worker dies while it holds the lock, each `acquire()` throws a `LockAbandonedError` until somebody calls `release()`.
 *
 * @example
 * ```ts
 * const lock = new Lock();
 * await lock.run(async () => { await step(); });
 * ```
 */
export abstract class Lock extends Acquirable {
  get [Symbol.toStringTag](): "Lock" {
    return "Lock";
  }

  /** @throws ValueError when nobody holds it. */
  abstract override release(): Promise<void>;

  /** Whether anybody holds it, at this moment. */
  abstract locked(): boolean;
}

/**
 * A lock that its owner can acquire again (Python: `multiprocessing.RLock`). It is free when it has been released as
 * often as acquired. The owner is, from the inside out: what runs inside one `rlock.run(fn)`; one task of an executor; a
 * scope of async code (see `owner.ts`).
 *
 * @example
 * ```ts
 * await rlock.run(async () => {
 *   await rlock.run(() => deeper());
 * });
 * ```
 */
export abstract class RLock extends Acquirable {
  get [Symbol.toStringTag](): "RLock" {
    return "RLock";
  }

  /**
   * Releases once; the lock is free when its owner has done so as often as it acquired.
   *
   * @throws AssertionError when the caller is not its owner.
   */
  abstract override release(): Promise<void>;

  /** Whether anybody holds it, at this moment. */
  abstract locked(): boolean;

  override run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    return runAsOwner(() => super.run(fn));
  }

  override runSync<R>(fn: () => R): R {
    checkFunction("fn", fn);
    return runAsOwner(() => super.runSync(fn));
  }
}
