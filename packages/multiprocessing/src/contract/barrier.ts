import { ArgumentTypeError } from "@concurrent-futures/core";

/** Called once per cycle, by the last to arrive, before anyone goes on. */
export type BarrierAction = () => unknown;

/**
 * A reusable barrier for a fixed number of callers (Python: `multiprocessing.Barrier`). All waiters learn immediately that
 * it is broken: when one of them times out, the barrier is aborted, or the worker of a waiter dies.
 *
 * @example
 * ```ts
 * const barrier = new Barrier(4);
 * // in each of four workers
 * const index = await barrier.wait();
 * if (index === 0) report();
 * ```
 */
export abstract class Barrier {
  get [Symbol.toStringTag](): "Barrier" {
    return "Barrier";
  }

  /** The number of callers that wait for each other. */
  abstract readonly parties: number;

  /** How many wait, at this moment (Python: `n_waiting`). */
  abstract readonly nWaiting: number;

  /** Whether it is broken, until {@link reset}. */
  abstract readonly broken: boolean;

  /**
   * Waits until all have arrived.
   *
   * @param timeout - milliseconds; when they have passed, the barrier is broken for all. @default the barrier's own
   * @returns the number in the order of arrival, from 0 to `parties - 1`.
   * @throws BrokenBarrierError when it is broken, gets broken, or is reset meanwhile. What the action throws is thrown to
   * the caller that ran it.
   */
  abstract wait(timeout?: number): Promise<number>;

  /**
   * As {@link wait}, blocking this thread.
   *
   * @throws ArgumentTypeError for an action that gives a promise, which nobody could await; the barrier is broken then.
   */
  abstract waitSync(timeout?: number): number;

  /** Resets the barrier. Callers that are waiting get BrokenBarrierError. */
  abstract reset(): Promise<void>;

  /** As {@link reset}, blocking this thread where the barrier lives in a server. */
  abstract resetSync(): void;

  /** Breaks the barrier: callers that wait now, or come before {@link reset}, get BrokenBarrierError. */
  abstract abort(): Promise<void>;

  /** As {@link abort}, blocking this thread where the barrier lives in a server. */
  abstract abortSync(): void;
}

/** @throws ArgumentTypeError for what gives a promise, which a blocked thread cannot await */
export function refusePromise(result: unknown): void {
  const then: unknown = (result as { readonly then?: unknown } | null | undefined)?.then;
  if (typeof then !== "function") return;
  // It is not awaited, and need not be reported a second time.
  void (result as Promise<unknown>).then(undefined, () => {});
  throw new ArgumentTypeError(
    "Expected an `action` that is not async for waitSync(): nobody could await it. Use wait(), or a plain function.",
  );
}
