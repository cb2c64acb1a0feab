import { Deadline } from "@concurrent-futures/core/deadline";
import { checkFunction, checkTimeout } from "@concurrent-futures/core/options";
import { Acquirable } from "./acquirable.ts";
import { runAsOwner } from "./owner.ts";

/**
 * A lock with a queue of waiters (Python: `multiprocessing.Condition`).
 *
 * @example
 * ```ts
 * await condition.run(async () => {
 *   await condition.waitFor(() => items.length > 0);
 * });
 * // in another worker
 * await condition.run(async () => { items.push(1); await condition.notify(); });
 * ```
 */
export abstract class Condition extends Acquirable {
  get [Symbol.toStringTag](): "Condition" {
    return "Condition";
  }

  /** Whether anybody holds the lock, at this moment. */
  abstract locked(): boolean;

  /**
   * Releases the lock, all levels of it, waits to be notified, and acquires it again.
   *
   * @param timeout - milliseconds to wait for a notification; acquiring again may take longer. `undefined`: forever.
   * @returns `false` when the time was up.
   * @throws AssertionError when the caller does not hold the lock.
   */
  abstract wait(timeout?: number): Promise<boolean>;

  /** As {@link wait}, blocking this thread. */
  abstract waitSync(timeout?: number): boolean;

  /**
   * Wakes the callers that have waited longest; they go on when they get the lock.
   *
   * @param n - how many, at most. @default 1
   * @throws AssertionError when the caller does not hold the lock.
   */
  abstract notify(n?: number): Promise<void>;

  /** As {@link notify}, blocking this thread where the condition lives in a server. */
  abstract notifySync(n?: number): void;

  /** Wakes all waiters (Python: `notify_all`). @throws AssertionError when the caller does not hold the lock */
  abstract notifyAll(): Promise<void>;

  /** As {@link notifyAll}, blocking this thread where the condition lives in a server. */
  abstract notifyAllSync(): void;

  /**
   * Waits until the predicate gives something truthy; it is called here, with the lock held (Python: `wait_for`).
   *
   * @param timeout - milliseconds over all waits together.
   * @returns what the predicate gave last.
   */
  async waitFor<R>(predicate: () => R | PromiseLike<R>, timeout?: number): Promise<R> {
    checkFunction("predicate", predicate);
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    for (;;) {
      const result = await predicate();
      if (result || deadline.passed) return result;
      await this.wait(timeout === undefined ? undefined : deadline.remaining);
    }
  }

  /** As {@link waitFor} with a predicate that is not async, blocking this thread. */
  waitForSync<R>(predicate: () => R, timeout?: number): R {
    checkFunction("predicate", predicate);
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    for (;;) {
      const result = predicate();
      if (result || deadline.passed) return result;
      this.waitSync(timeout === undefined ? undefined : deadline.remaining);
    }
  }

  override run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    return runAsOwner(() => super.run(fn));
  }

  override runSync<R>(fn: () => R): R {
    checkFunction("fn", fn);
    return runAsOwner(() => super.runSync(fn));
  }
}
