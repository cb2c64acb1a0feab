import { staysHere } from "../stays-here.ts";
import { Ending, type MapEnd, type MapStats } from "./map-stats.ts";
import { type Settled, type SettledIterator, SettledReader } from "./settled.ts";

/** Where a map's results come from: futures one by one, or chunks in flight through a pool. */
export interface MapSource<R> {
  /** The next result; `undefined` value with `done` at the end. Rejects with a call's error or TimeoutError. */
  next(): Promise<IteratorResult<R, undefined>>;
  /** The next outcome, well or badly; rejects only for what ends the map as a whole. */
  nextSettled(): Promise<IteratorResult<Settled<R>, undefined>>;
  /** Outcomes are read by {@link nextSettled}: a call that fails is not a failure of the map. Said before any result is there. */
  settle?(): void;
  /** How far it has come: asked until it is closed, and once right before. */
  stats(): MapStats;
  /** What its running calls have said of themselves, in calls. */
  underWay(): number;
  /** Nobody wants the rest: cancel what has not started, let go of the input. */
  close(): void;
  /** All that is left, if the source knows a faster way than one by one. */
  drain?(): Promise<R[]>;
}

/**
 * The results of a `map`, as they are ready: loop with `for await`, or take all by {@link toArray}. After an error the
 * loop ends, as in Python; leaving it early cancels what has not started, even if it was never begun.
 *
 * @example
 * ```ts
 * for await (const size of executor.map(compress, files)) total += size;
 * const all = await executor.map(compress, files).toArray();
 * ```
 */
export class MapIterator<R> implements AsyncIterableIterator<R, undefined> {
  static {
    staysHere(MapIterator, "Send the results that it gives.");
  }

  #source: MapSource<R> | undefined;
  #final: MapStats | undefined;
  readonly #ending: Ending = new Ending();
  // Calls of next() that overlap are answered one after the other, in order.
  #last: Promise<unknown> | undefined;

  /** Executors make these. */
  constructor(source: MapSource<R>) {
    this.#source = source;
  }

  /** The next result. Rejects with the error of the call at this position, or TimeoutError; then the map is over. */
  next(): Promise<IteratorResult<R, undefined>> {
    return this.#inTurn(() => this.#step((source) => source.next()));
  }

  /**
   * The outcome of every call, with its position in the input: it goes on after calls that failed, where the loop over the
   * map itself ends. As lazy and bounded as the map is. Call it in place of looping over the map; an error of the input, the
   * map's `timeout` and a broken pool still end it. (Python has no counterpart; JavaScript's is `Promise.allSettled`.)
   *
   * @example
   * ```ts
   * for await (const outcome of executor.map(parse, files).settled()) {
   *   if (outcome.status === "rejected") console.error(files[outcome.index], outcome.reason);
   * }
   * ```
   */
  settled(): SettledIterator<R> {
    this.#source?.settle?.();
    return new SettledReader<R>(
      () => this.#inTurn(() => this.#step((source) => source.nextSettled())),
      () => this.#finish("left"),
    );
  }

  #inTurn<S>(step: () => Promise<S>): Promise<S> {
    const turn = this.#last === undefined ? step() : this.#last.then(step, step);
    const settled = turn.then(
      (step) => {
        if (this.#last === settled) this.#last = undefined;
        return step;
      },
      (error: unknown) => {
        if (this.#last === settled) this.#last = undefined;
        throw error;
      },
    );
    this.#last = settled;
    return settled;
  }

  /** Ends the map: what has not started is cancelled. `break` in a `for await` loop calls it. */
  return(): Promise<IteratorResult<R, undefined>> {
    this.#finish("left");
    return Promise.resolve({ done: true, value: undefined });
  }

  /** All results in an array. Rejects with the first error, as the loop would. */
  async toArray(): Promise<R[]> {
    const source = this.#source;
    if (source?.drain !== undefined && this.#last === undefined) {
      try {
        const results = await source.drain();
        this.#finish("done");
        return results;
      } catch (error) {
        this.#finish("failed");
        throw error;
      }
    }
    const results: R[] = [];
    for await (const result of this) results.push(result);
    return results;
  }

  /**
   * How many calls have ended, well or badly, how many results were read, and how many calls there are. Reading it costs
   * nothing that grows with the map. After the end, an error or an early leave the numbers stay.
   *
   * @example
   * ```ts
   * const pages = executor.map(render, urls);
   * const timer = setInterval(() => console.log(pages.stats()), 1_000);
   * // { done: 120, failed: 1, read: 40, total: 500 }
   * ```
   */
  stats(): MapStats {
    return this.#final ?? (this.#source as MapSource<R>).stats();
  }

  /**
   * Calls `fn` once when the map is over for its reader; at once if it is: `"done"` when all has been read, `"failed"`
   * when an error ended it, `"left"` when the loop was left early. A callback that throws is reported by
   * `process.emitWarning`. (Python has this on futures: `add_done_callback`.)
   *
   * @throws ArgumentTypeError when `fn` is not a function.
   */
  addDoneCallback(fn: (end: MapEnd) => void): void {
    this.#ending.addDoneCallback(fn);
  }

  /**
   * How much of its running calls is done, in calls, as they say by `currentTask().reportProgress`: two that are half done make 1.
   */
  underWay(): number {
    return this.#source?.underWay() ?? 0;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #step<S>(
    read: (source: MapSource<R>) => Promise<IteratorResult<S, undefined>>,
  ): Promise<IteratorResult<S, undefined>> {
    if (this.#source === undefined) return { done: true, value: undefined };
    try {
      const step = await read(this.#source);
      if (step.done) this.#finish("done");
      return step;
    } catch (error) {
      this.#finish("failed");
      throw error;
    }
  }

  #finish(end: MapEnd): void {
    const source = this.#source;
    if (source === undefined) return;
    // Closing drops results and cancels calls: neither is what the map had come to.
    this.#final = source.stats();
    this.#source = undefined;
    source.close();
    this.#ending.settle(end);
  }
}
