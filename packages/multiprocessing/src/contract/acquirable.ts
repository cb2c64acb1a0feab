import { checkFunction, checkTimeout } from "@concurrent-futures/core/options";
import { TimeoutError } from "../errors.ts";

/** Holds a lock until it is disposed of: leave the block, or call {@link release}. */
export interface Guard extends Disposable {
  /** Releases the lock; a second time does nothing. */
  release(): void;
}

/** What everything that can be acquired and released has. */
export abstract class Acquirable {
  /**
   * Acquires; waits for it.
   *
   * @param timeout - milliseconds to wait. `undefined` waits for ever; 0 or less only tries.
   * @returns whether it was acquired.
   * @throws LockAbandonedError when a worker died while it held the lock.
   */
  abstract acquire(timeout?: number): Promise<boolean>;

  /** As {@link acquire}, blocking this thread. Other async code of this thread cannot run meanwhile, so it cannot release the lock. */
  abstract acquireSync(timeout?: number): boolean;

  /** Releases, at once. */
  abstract release(): void;

  /**
   * Acquires, and gives a guard that releases at the end of the block (Python: `with lock:`).
   *
   * @throws TimeoutError when the time is up; LockAbandonedError.
   *
   * @example
   * ```ts
   * {
   *   using guard = await lock.guard();
   *   counter.value += 1;
   * }
   * ```
   */
  async guard(timeout?: number): Promise<Guard> {
    if (!(await this.acquire(timeout))) throw lockTimeout(timeout);
    return new HeldGuard(this);
  }

  /** As {@link guard}, blocking this thread. */
  guardSync(timeout?: number): Guard {
    if (!this.acquireSync(timeout)) throw lockTimeout(timeout);
    return new HeldGuard(this);
  }

  /**
   * Runs a function while holding the lock, and releases it whatever happens.
   *
   * @returns what the function returns.
   *
   * @example
   * ```ts
   * await lock.run(() => { counter.value += 1; });
   * ```
   */
  async run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    checkFunction("fn", fn);
    using _guard = await this.guard();
    return await fn();
  }

  /** As {@link run} for a function that is not async, blocking this thread. */
  runSync<R>(fn: () => R): R {
    checkFunction("fn", fn);
    using _guard = this.guardSync();
    return fn();
  }
}

class HeldGuard implements Guard {
  #lock: Acquirable | undefined;

  constructor(lock: Acquirable) {
    this.#lock = lock;
  }

  release(): void {
    const lock = this.#lock;
    this.#lock = undefined;
    lock?.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function lockTimeout(timeout: number | undefined): TimeoutError {
  return new TimeoutError(`The lock was not free within ${checkTimeout("timeout", timeout)} ms.`);
}
