import type { Future } from "./future.ts";

/** What `cancel` takes. */
export interface CancelOptions {
  /**
   * Also stop a task that is already running: its `signal` aborts, and where its code does not listen, its worker is
   * ended after a grace time. Python cannot do this.
   * @default false
   */
  readonly force?: boolean;
  /** Becomes the `cause` of the `CancelledError` and the reason of the task's `signal`. */
  readonly reason?: unknown;
}

/** The names of the options. */
export const cancelOptions: readonly (keyof CancelOptions)[] = ["force", "reason"];

/** What an executor does for the futures that it hands out. One object serves all futures of an executor. */
export interface FutureOwner {
  /** Cancels a future that has not ended, by its `setCancelled`. True: done, or it will be as soon as its code has stopped. */
  cancel(future: Future<unknown>, options: CancelOptions): boolean;
  /** Whether the code of a future that is still PENDING here has begun; for executors that learn of it elsewhere. */
  isRunning(future: Future<unknown>): boolean;
  /** Blocks this thread until the future is done or the milliseconds have passed. */
  waitSync(future: Future<unknown>, timeout: number | undefined): void;
}
