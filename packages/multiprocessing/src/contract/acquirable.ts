import { checkFunction, checkTimeout, describeTimeout } from "@concurrent-futures/core/options";
import { TimeoutError } from "../errors.ts";

/** Holds a lock until it is disposed of: leave the block, or call {@link release}. */
export interface Guard extends Disposable, AsyncDisposable {
  /** Releases the lock. Calling it twice is safe. */
  release(): Promise<void>;
  /** As {@link release}, blocking this thread where the lock lives in a server. */
  releaseSync(): void;
}

/**
 * What can be acquired and released: every lock, semaphore and condition, and a `Value` or `Array` with its lock. A
 * function that takes an `Acquirable` takes those of each context, and those of managers.
 */
export abstract class Acquirable {
  /**
   * Acquires; waits for it.
   *
   * @param timeout - milliseconds to wait. `undefined` waits forever; 0 or less only tries.
   * @returns whether it was acquired.
   * @throws LockAbandonedError when a worker died while it held the lock: each call, until somebody calls `release()`.
   */
  abstract acquire(timeout?: number): Promise<boolean>;

  /**
   * As {@link acquire}, blocking this thread. Other async code of this thread cannot run meanwhile, so it cannot release
   * the lock.
   */
  abstract acquireSync(timeout?: number): boolean;

  /**
   * Releases. Where the lock is shared memory it is released when the call returns, and misuse throws at the call; where
   * it lives in a server, when the promise resolves.
   */
  abstract release(): Promise<void>;

  /** As {@link release}, blocking this thread where the lock lives in a server. */
  abstract releaseSync(): void;

  /**
   * Acquires, and gives a guard that releases at the end of the block (Python: `with lock:`).
   *
   * @throws TimeoutError when the time is up; LockAbandonedError.
   *
   * @example
   * ```ts
   * {
   *   await using guard = await lock.guard();
   *   counter.value += 1;
   * }
   * ```
   */
  guard(timeout?: number): Promise<Guard> {
    // Not async: what belongs to the caller's context is set when `acquire` is called.
    return this.acquire(timeout).then((acquired) => guardOf(this, acquired, timeout));
  }

  /** As {@link guard}, blocking this thread. */
  guardSync(timeout?: number): Guard {
    return guardOf(this, this.acquireSync(timeout), timeout);
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
    await this.acquire();
    try {
      return await fn();
    } finally {
      await this.release();
    }
  }

  /** As {@link run} for a function that is not async, blocking this thread. */
  runSync<R>(fn: () => R): R {
    checkFunction("fn", fn);
    this.acquireSync();
    try {
      return fn();
    } finally {
      this.releaseSync();
    }
  }
}

function guardOf(lock: Acquirable, acquired: boolean, timeout: number | undefined): Guard {
  if (acquired) return new HeldGuard(lock);
  throw new TimeoutError(
    `The lock was not free within ${describeTimeout(checkTimeout("timeout", timeout))}.`,
  );
}

class HeldGuard implements Guard {
  #lock: Acquirable | undefined;

  constructor(lock: Acquirable) {
    this.#lock = lock;
  }

  async release(): Promise<void> {
    await this.#take()?.release();
  }

  releaseSync(): void {
    this.#take()?.releaseSync();
  }

  [Symbol.dispose](): void {
    this.releaseSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  #take(): Acquirable | undefined {
    const lock = this.#lock;
    this.#lock = undefined;
    return lock;
  }
}
