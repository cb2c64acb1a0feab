/**
 * A flag that others wait for (Python: `multiprocessing.Event`).
 *
 * @example
 * ```ts
 * const ready = new Event();
 * // in a worker:
 * await ready.set();
 * // anywhere:
 * await ready.wait();
 * ```
 */
export abstract class Event {
  get [Symbol.toStringTag](): "Event" {
    return "Event";
  }

  /** Whether the flag is set, at this moment. */
  abstract isSet(): boolean;

  /** Sets the flag, and wakes all waiters. */
  abstract set(): Promise<void>;

  /** As {@link set}, blocking this thread where the event lives in a server. */
  abstract setSync(): void;

  /** Clears the flag. */
  abstract clear(): Promise<void>;

  /** As {@link clear}, blocking this thread where the event lives in a server. */
  abstract clearSync(): void;

  /**
   * Waits for the flag. A waiter that `set()` woke gets `true`, even if the flag has been cleared since.
   *
   * @param timeout - milliseconds; 0 or less only looks. `undefined` waits forever.
   * @returns whether the flag was set in time.
   */
  abstract wait(timeout?: number): Promise<boolean>;

  /** As {@link wait}, blocking this thread. */
  abstract waitSync(timeout?: number): boolean;
}
