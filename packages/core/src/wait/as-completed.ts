import { Deadline } from "../deadline.ts";
import { TimeoutError } from "../errors.ts";
import { sharesOf } from "../executor/reported-progress.ts";
import { type Future, onceDone } from "../future/future.ts";
import { Ending, type MapEnd, type MapStats } from "../map/map-stats.ts";
import { checkOptions, checkTimeout } from "../options.ts";
import { staysHere } from "../stays-here.ts";
import { collectFutures } from "./collect-futures.ts";

/** What `asCompleted` takes. */
export interface AsCompletedOptions {
  /** Milliseconds for all of them, counted from the call (in Python, by accident, from the first step). @default no limit */
  readonly timeout?: number;
}

/**
 * What {@link asCompleted} gives: an `AsyncIterableIterator` of futures. Its methods are spelled out because TypeScript
 * takes for granted that `for await` over the built-in type awaits each value, and would say that a loop's variable is a
 * result. It is a future.
 */
export interface CompletedFutures<F> {
  /** The next future that is done. Rejects with TimeoutError when time runs out. */
  next(): Promise<IteratorResult<F, undefined>>;
  /** Lets go of the rest; `break` in a `for await` loop calls it. */
  return(): Promise<IteratorResult<F, undefined>>;
  /** How many futures have ended, well or badly (a cancelled one has failed), were handed out, and there are. */
  stats(): MapStats;
  /**
   * How much of its running calls is done, in calls, as they say by `currentTask().reportProgress`: two that are half done make 1.
   */
  underWay(): number;
  /** Calls `fn` once when the loop is over: `"done"`, `"failed"` when time ran out, `"left"`; at once if it is. */
  addDoneCallback(fn: (end: MapEnd) => void): void;
  [Symbol.asyncIterator](): CompletedFutures<F>;
}

/**
 * The futures one by one as they are done: first those that already are. It hands out the futures, not their values,
 * so a failed one does not end the loop. Futures given twice come once.
 *
 * @throws ArgumentTypeError for values that are not futures; the loop throws TimeoutError when time runs out.
 * @example
 * ```ts
 * for await (const future of asCompleted(futures)) {
 *   console.log(await future.exception() ?? await future.result());
 * }
 * ```
 */
export function asCompleted<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: AsCompletedOptions = {},
): CompletedFutures<F> {
  checkOptions("options", options, ["timeout"]);
  return new Completions(collectFutures(futures), checkTimeout("timeout", options.timeout));
}

/**
 * Written out rather than as an async generator, which would await each future that it yields and so hand out values.
 */
class Completions<F extends Future<unknown>> implements CompletedFutures<F> {
  static {
    staysHere(Completions, "Send the results that it gives.");
  }

  readonly #total: number;
  readonly #deadline: Deadline;
  readonly #pending: Set<F> = new Set();
  #ready: F[] = [];
  #done = 0;
  #failed = 0;
  #read = 0;
  readonly #ending: Ending = new Ending();
  #wake: (() => void) | undefined;
  readonly #onDone = (future: Future<unknown>): void => {
    this.#pending.delete(future as F);
    this.#add(future as F);
    this.#wake?.();
  };

  constructor(futures: ReadonlySet<F>, timeout: number | undefined) {
    this.#total = futures.size;
    this.#deadline = new Deadline(timeout);
    for (const future of futures) {
      if (future.done()) this.#add(future);
      else this.#pending.add(future);
    }
    for (const future of this.#pending) onceDone(future, this.#onDone);
  }

  async next(): Promise<IteratorResult<F, undefined>> {
    for (;;) {
      const future = this.#ready.shift();
      if (future !== undefined) {
        this.#read++;
        return { done: false, value: future };
      }
      if (this.#pending.size === 0) {
        this.#ending.settle("done");
        return { done: true, value: undefined };
      }
      if (!(await this.#change())) {
        const message = `${this.#pending.size} (of ${this.#total}) futures unfinished`;
        this.#leave("failed");
        throw new TimeoutError(message);
      }
    }
  }

  async return(): Promise<IteratorResult<F, undefined>> {
    this.#leave("left");
    this.#wake?.();
    return { done: true, value: undefined };
  }

  stats(): MapStats {
    return { done: this.#done, failed: this.#failed, read: this.#read, total: this.#total };
  }

  addDoneCallback(fn: (end: MapEnd) => void): void {
    this.#ending.addDoneCallback(fn);
  }

  underWay(): number {
    return sharesOf((owner) => this.#pending.has(owner as F));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Resolves with true when another future is done, with false when time has run out. */
  #change(): Promise<boolean> {
    if (this.#deadline.passed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (changed: boolean) => (): void => {
        stop();
        this.#wake = undefined;
        resolve(changed);
      };
      const stop = this.#deadline.whenPassed(settle(false));
      this.#wake = settle(true);
    });
  }

  #add(future: F): void {
    if (future.failed() || future.cancelled()) this.#failed++;
    else this.#done++;
    this.#ready.push(future);
  }

  #leave(end: MapEnd): void {
    for (const future of this.#pending) future.removeDoneCallback(this.#onDone);
    this.#pending.clear();
    this.#ready = [];
    this.#ending.settle(end);
  }
}
