import { Ending, type MapEnd, type MapStats } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { TimeoutError } from "../errors.ts";
import { asEncodingError } from "./encoding-error.ts";
import type { PoolJob } from "./pool-engine.ts";

type Step<R> = IteratorResult<R, undefined>;

/**
 * The results of `imap`, one by one (Python: `IMapIterator`). A failed call rejects its own step and the iterator goes
 * on, whatever the chunks were. A step that ran out of time loses nothing: the next one gives the value.
 */
export class IMapIterator<R> implements AsyncIterableIterator<R, undefined> {
  readonly #job: PoolJob;
  // The step that somebody has begun to wait for and has not been given.
  #pending: Promise<Step<R>> | undefined;
  readonly #ending: Ending = new Ending();
  #closed = false;

  /** Pools make them. */
  constructor(job: PoolJob) {
    this.#job = job;
  }

  /**
   * The next result.
   *
   * @param timeout - milliseconds to wait at most. @default for ever
   * @returns rejects with the call's error, or with this package's TimeoutError.
   */
  async next(timeout?: number): Promise<Step<R>> {
    const limit = checkTimeout("timeout", timeout);
    if (this.#closed) return { done: true, value: undefined };
    this.#pending ??= this.#job.next() as Promise<Step<R>>;
    const pending = this.#pending;
    if (limit !== undefined) await within(pending, limit);
    try {
      const step = await pending;
      if (step.done) this.#close("done");
      return step;
    } catch (error) {
      // A call's own error ends its step only; the input's, or a broken pool's, comes again with each step.
      if (this.#job.stopped) this.#ending.settle("failed");
      throw asEncodingError(error);
    } finally {
      if (this.#pending === pending) this.#pending = undefined;
    }
  }

  /** Ends it early: what has not started does not start. */
  return(): Promise<Step<R>> {
    this.#close("left");
    return Promise.resolve({ done: true, value: undefined });
  }

  /** How many calls have ended, well or badly, how many results were read, and how many calls there are. */
  stats(): MapStats {
    return this.#job.stats();
  }

  /**
   * How much of its running calls is done, in calls, as they say by `currentTask().reportProgress`: two that are half done make 1.
   */
  underWay(): number {
    return this.#job.underWay();
  }

  /** Calls `fn` once when it is over: `"done"`, `"failed"` by the input or the pool, `"left"`; at once if it is. */
  addDoneCallback(fn: (end: MapEnd) => void): void {
    this.#ending.addDoneCallback(fn);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #close(end: MapEnd): void {
    this.#closed = true;
    this.#job.close();
    this.#ending.settle(end);
  }
}

/** Resolves when the step is there, however it ended; rejects when that takes too long. */
function within(step: Promise<unknown>, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = new Deadline(timeout).whenPassed(() =>
      reject(new TimeoutError(`no result within ${timeout} ms`)),
    );
    const settled = (): void => {
      stop();
      resolve();
    };
    step.then(settled, settled);
  });
}

/** How far `imap` reads its input ahead of the reader. */
export function readAhead(processes: number, chunksize: number | undefined): number {
  // Two batches for each worker and as much again that has come back: below it workers run dry, above it memory grows.
  return Math.max(256 * processes, 4 * processes * (chunksize ?? 1));
}
