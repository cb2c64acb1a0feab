import {
  TimeoutError as CoreTimeoutError,
  Ending,
  type Future,
  type MapEnd,
  type MapStats,
  ValueError,
} from "@concurrent-futures/core";
import { checkTimeout, describeTimeout } from "@concurrent-futures/core/options";
import { staysHere } from "@concurrent-futures/core/stays-here";
import { TimeoutError } from "../errors.ts";
import { asEncodingError } from "./encoding-error.ts";

/** What is called when a result is there. */
export interface ResultCallbacks<R> {
  /** Given the result. One that throws is reported, and nobody else notices (in Python it stops the whole pool). */
  readonly callback?: (result: R) => void;
  /** Given the error. */
  readonly errorCallback?: (error: unknown) => void;
}

/**
 * The result of `applyAsync`, when it is there (Python: `multiprocessing.pool.AsyncResult`).
 *
 * @example
 * ```ts
 * const result = pool.applyAsync(fib, [30], { callback: (value) => console.log(value) });
 * console.log(await result.get(5_000));
 * ```
 */
export class AsyncResult<R> {
  static {
    staysHere(AsyncResult, "Await it, and send what it resolves to.");
  }

  readonly #future: Future<R>;

  /** Pools make them. */
  constructor(future: Future<R>, { callback, errorCallback }: ResultCallbacks<R> = {}) {
    this.#future = future;
    if (callback === undefined && errorCallback === undefined) return;
    // What a callback returns is looked at for a promise that fails.
    future.addDoneCallback((done): unknown => {
      if (done.failed() || done.cancelled()) return errorCallback?.(asEncodingError(errorOf(done)));
      return callback?.(done.resultSync());
    });
  }

  /**
   * The result.
   *
   * @param timeout - milliseconds to wait at most. @default no limit
   * @returns rejects with the call's own error, or with this package's TimeoutError.
   */
  async get(timeout?: number): Promise<R> {
    checkTimeout("timeout", timeout);
    try {
      return await this.#future.result(timeout);
    } catch (error) {
      throw this.#onTimeout(error, timeout);
    }
  }

  /** As {@link get}, by really blocking this thread. */
  getSync(timeout?: number): R {
    try {
      return this.#future.resultSync(timeout);
    } catch (error) {
      throw this.#onTimeout(error, timeout);
    }
  }

  /** Waits until the result is there or the milliseconds are over; never rejects. */
  async wait(timeout?: number): Promise<void> {
    checkTimeout("timeout", timeout);
    await this.#future.exception(timeout).catch(() => {});
  }

  /** Whether the call has ended. */
  ready(): boolean {
    return this.#future.done();
  }

  /** Whether the call has ended well. @throws ValueError when it has not ended */
  successful(): boolean {
    if (!this.ready())
      throw new ValueError("The result is not ready: wait() for it, or check ready() first.");
    return !this.#future.failed() && !this.#future.cancelled();
  }

  /** The pool's own word for "not yet", unless the call itself threw a TimeoutError. */
  #onTimeout(error: unknown, timeout: number | undefined): unknown {
    if (error instanceof CoreTimeoutError && !this.ready())
      return new TimeoutError(`no result within ${describeTimeout(timeout)}`);
    return asEncodingError(error);
  }
}

function errorOf(done: Future<unknown>): unknown {
  try {
    return done.resultSync();
  } catch (error) {
    return error;
  }
}

/** The results of `mapAsync` and `starmapAsync`, when all are there (Python: `multiprocessing.pool.MapResult`). */
export class MapResult<R> extends AsyncResult<R[]> {
  readonly #job: { stats(): MapStats; underWay(): number };
  readonly #ending: Ending = new Ending();

  /** Pools make them. */
  constructor(
    future: Future<R[]> & { stats(): MapStats; underWay(): number },
    callbacks: ResultCallbacks<R[]> = {},
  ) {
    super(future, callbacks);
    this.#job = future;
    future.addDoneCallback(() => this.#ending.settle(future.failed() ? "failed" : "done"));
  }

  /** How many calls have ended, well or badly, and how many there are. All are `read` when the results are there. */
  stats(): MapStats {
    return this.#job.stats();
  }

  /**
   * How much of its running calls is done, in calls, as they say by `currentTask().reportProgress`: two that are half done make 1.
   */
  underWay(): number {
    return this.#job.underWay();
  }

  /** Calls `fn` once when all calls have ended: `"done"`, or `"failed"` when one failed; at once if they have. */
  addDoneCallback(fn: (end: MapEnd) => void): void {
    this.#ending.addDoneCallback(fn);
  }
}
