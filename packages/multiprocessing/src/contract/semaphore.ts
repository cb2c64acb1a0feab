import { Acquirable } from "./acquirable.ts";

/**
 * Counts permits; `acquire` waits while there are none (Python: `multiprocessing.Semaphore`). Any worker may release, also
 * more often than was acquired: use it to signal that something is there, or to limit how many callers do something at a
 * time. Nobody owns a permit, so one that a worker held when it died is lost; when all are, waiters get a
 * `LockAbandonedError`.
 *
 * @example
 * ```ts
 * const slots = new Semaphore(3);
 * await slots.run(() => download(url));
 * ```
 */
export abstract class Semaphore extends Acquirable {
  get [Symbol.toStringTag](): "Semaphore" | "BoundedSemaphore" {
    return "Semaphore";
  }

  /**
   * Releases permits, or adds some.
   *
   * @param n - how many (Python: `threading.Semaphore.release(n)`). @default 1
   * @throws ValueError beyond 2^28 - 1; of a `BoundedSemaphore`, beyond its first value.
   */
  abstract override release(n?: number): Promise<void>;

  /** As {@link release}, blocking this thread where the semaphore lives in a server. */
  abstract override releaseSync(n?: number): void;

  /** The number of permits that can be acquired, at this moment (Python: `get_value`). */
  abstract getValue(): number;

  /** Whether there is no permit, at this moment. */
  abstract locked(): boolean;
}

/**
 * A semaphore that cannot be released above its first value (Python: `multiprocessing.BoundedSemaphore`). As in Python it
 * is a {@link Semaphore}.
 */
export abstract class BoundedSemaphore extends Semaphore {
  override get [Symbol.toStringTag](): "BoundedSemaphore" {
    return "BoundedSemaphore";
  }
}
