import { Ending, type MapEnd, type MapStats } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout, describeTimeout } from "@concurrent-futures/core/options";
import { staysHere } from "@concurrent-futures/core/stays-here";
import { TimeoutError } from "../errors.ts";
import { asEncodingError } from "./encoding-error.ts";
import type { PoolJob } from "./pool-engine.ts";

type Step<R> = IteratorResult<R, undefined>;

/** A call of `next` that has no answer yet. */
interface Waiter<R> {
  resolve(step: Step<R> | Promise<Step<R>>): void;
}

/**
 * The results of `imap`, one by one (Python: `IMapIterator`). A failed call rejects its own step and the iterator goes
 * on, whatever the chunks were. A step that ran out of time loses nothing: the next one gives the value. Calls of `next`
 * at the same time are answered in their order, each with a result of its own.
 */
export class IMapIterator<R> implements AsyncIterableIterator<R, undefined> {
  static {
    staysHere(IMapIterator, "Send the results that it gives.");
  }

  readonly #job: PoolJob;
  // Calls of `next` without an answer, oldest first.
  readonly #waiters = new Set<Waiter<R>>();
  // A step of the job that no call has been given yet. It is kept when the calls that wait run out of time.
  #pending: Promise<Step<R>> | undefined;
  #serving = false;
  readonly #ending: Ending = new Ending();
  #closed = false;

  /** Pools make them. */
  constructor(job: PoolJob) {
    this.#job = job;
  }

  /**
   * The next result.
   *
   * @param timeout - milliseconds to wait at most. @default no limit
   * @returns rejects with the call's error, or with this package's TimeoutError.
   */
  async next(timeout?: number): Promise<Step<R>> {
    const limit = checkTimeout("timeout", timeout);
    if (this.#closed) return { done: true, value: undefined };
    return new Promise((resolve, reject) => {
      let stop: (() => void) | undefined;
      const waiter: Waiter<R> = {
        resolve: (step) => {
          stop?.();
          resolve(step);
        },
      };
      this.#waiters.add(waiter);
      if (limit !== undefined)
        stop = new Deadline(limit).whenPassed(() => {
          this.#waiters.delete(waiter);
          reject(new TimeoutError(`no result within ${describeTimeout(limit)}`));
        });
      if (!this.#serving) void this.#serve();
    });
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

  /** Gives each step to the oldest waiting call, until no call waits. */
  async #serve(): Promise<void> {
    this.#serving = true;
    while (this.#waiters.size > 0) {
      this.#pending ??= this.#step();
      const pending = this.#pending;
      await pending.catch(() => {});
      const [first] = this.#waiters;
      // All calls have run out of time meanwhile: the step is kept for the next call.
      if (first === undefined) break;
      this.#waiters.delete(first);
      this.#pending = undefined;
      first.resolve(pending);
    }
    this.#serving = false;
  }

  async #step(): Promise<Step<R>> {
    try {
      const step = (await this.#job.next()) as Step<R>;
      if (step.done) this.#close("done");
      return step;
    } catch (error) {
      // A call's own error ends its step only; the input's, or a broken pool's, comes again with each step.
      if (this.#job.stopped) this.#ending.settle("failed");
      throw asEncodingError(error);
    }
  }

  /** Also answers the calls that still wait: a closed job has no more steps, and may never answer. */
  #close(end: MapEnd): void {
    this.#closed = true;
    this.#job.close();
    this.#ending.settle(end);
    for (const waiter of this.#waiters) waiter.resolve({ done: true, value: undefined });
    this.#waiters.clear();
  }
}

/** How far `imap` reads its input ahead of the reader. */
export function readAhead(processes: number, chunksize: number | undefined): number {
  // Two batches for each worker and as much again that has come back: below it workers run dry, above it memory grows.
  return Math.max(256 * processes, 4 * processes * (chunksize ?? 1));
}
