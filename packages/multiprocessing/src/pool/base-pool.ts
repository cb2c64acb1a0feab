import { reduce } from "@concurrent-futures/callable";
import {
  type AnyFunction,
  type AnyIterable,
  type ArgumentsOf,
  type ReturnOf,
  SerializationError,
  ValueError,
} from "@concurrent-futures/core";
import { refuseMore } from "@concurrent-futures/core/options";
import {
  checkPoolStatsOptions,
  type PoolStats,
  type PoolStatsOptions,
} from "@concurrent-futures/core/pool-stats";
import { type Args, type ArgsAndCallbacks, type Chunks, chunksOf, type Fits } from "./arguments.ts";
import type { AsyncResult, MapResult, ResultCallbacks } from "./async-result.ts";
import type { IMapIterator } from "./imap-iterator.ts";
import { type MapAsyncOptions, PoolCalls } from "./pool-calls.ts";
import type { PoolEngine } from "./pool-engine.ts";

/** Warns about pools that were garbage-collected without being closed (Python: ResourceWarning), and lets their workers go. */
const leakRegistry = new FinalizationRegistry((engine: PoolEngine) => {
  process.emitWarning("unclosed running multiprocessing pool: close() or terminate() it.", "ResourceWarning");
  engine.close();
});

/** Python's states of a pool. */
type PoolState = "RUN" | "CLOSE" | "TERMINATE";

/** The methods of Python's pools, whatever the calls run on. */
export abstract class BasePool implements AsyncDisposable {
  readonly #engine: PoolEngine;
  readonly #size: number;
  readonly #calls: PoolCalls;
  #state: PoolState = "RUN";

  protected constructor(engine: PoolEngine, size: number) {
    this.#engine = engine;
    this.#size = size;
    this.#calls = new PoolCalls(engine, size, () => this.#state === "RUN");
    leakRegistry.register(this, engine, this);
  }

  /** The result of one call. */
  apply<A extends readonly unknown[], R>(fn: (...args: A) => R, ...rest: Args<A>): Promise<Awaited<R>>;
  apply<F extends AnyFunction, A extends readonly unknown[]>(
    fn: F,
    args: [...A] & Fits<F, A>,
  ): Promise<Awaited<ReturnOf<F, A>>>;
  apply(fn: AnyFunction, ...rest: unknown[]): Promise<unknown> {
    return this.#calls.submit(fn, rest, this.apply).get();
  }

  /** As {@link apply}, by really blocking this thread. */
  applySync<A extends readonly unknown[], R>(fn: (...args: A) => R, ...rest: Args<A>): Awaited<R>;
  applySync<F extends AnyFunction, A extends readonly unknown[]>(
    fn: F,
    args: [...A] & Fits<F, A>,
  ): Awaited<ReturnOf<F, A>>;
  applySync(fn: AnyFunction, ...rest: unknown[]): unknown {
    return this.#calls.submit(fn, rest, this.applySync).getSync();
  }

  /** One call, and its result when it is there. @throws ValueError after `close` or `terminate`; SerializationError */
  applyAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...rest: ArgsAndCallbacks<A, Awaited<R>>
  ): AsyncResult<Awaited<R>>;
  applyAsync<F extends AnyFunction, A extends readonly unknown[]>(
    fn: F,
    args: [...A] & Fits<F, A>,
    callbacks?: ResultCallbacks<Awaited<ReturnOf<F, A>>>,
  ): AsyncResult<Awaited<ReturnOf<F, A>>>;
  applyAsync(
    fn: AnyFunction,
    args?: unknown,
    callbacks?: ResultCallbacks<unknown>,
    ...more: unknown[]
  ): AsyncResult<unknown> {
    refuseMore(more, "applyAsync(fn, args?, callbacks?)");
    return this.#calls.submit(fn, [args], this.applyAsync, callbacks);
  }

  /** All results in the order of the input; when a call fails, all others are waited for, then its error is thrown. */
  map<A, R>(fn: (value: A) => R, iterable: AnyIterable<A>, chunksize?: Chunks): Promise<Awaited<R>[]>;
  map<F extends AnyFunction, A>(
    fn: F,
    iterable: AnyIterable<A> & Fits<F, [A]>,
    chunksize?: Chunks,
  ): Promise<Awaited<ReturnOf<F, [A]>>[]>;
  map(fn: AnyFunction, iterable: AnyIterable<never>, chunksize?: Chunks): Promise<unknown[]> {
    return this.mapAsync(fn, iterable, chunksOf(chunksize)).get();
  }

  /** As {@link map}, by really blocking this thread. */
  mapSync<A, R>(fn: (value: A) => R, iterable: Iterable<A>, chunksize?: Chunks): Awaited<R>[];
  mapSync<F extends AnyFunction, A>(
    fn: F,
    iterable: Iterable<A> & Fits<F, [A]>,
    chunksize?: Chunks,
  ): Awaited<ReturnOf<F, [A]>>[];
  mapSync(fn: AnyFunction, iterable: Iterable<never>, chunksize?: Chunks): unknown[] {
    return this.mapAsync(fn, iterable, chunksOf(chunksize)).getSync();
  }

  /** As {@link map}, with the results when all are there. */
  mapAsync<A, R>(
    fn: (value: A) => R,
    iterable: AnyIterable<A>,
    options?: MapAsyncOptions<Awaited<R>>,
  ): MapResult<Awaited<R>>;
  mapAsync<F extends AnyFunction, A>(
    fn: F,
    iterable: AnyIterable<A> & Fits<F, [A]>,
    options?: MapAsyncOptions<Awaited<ReturnOf<F, [A]>>>,
  ): MapResult<Awaited<ReturnOf<F, [A]>>>;
  mapAsync(
    fn: AnyFunction,
    iterable: AnyIterable<unknown>,
    options: MapAsyncOptions<unknown> = {},
  ): MapResult<unknown> {
    return this.#calls.collect(fn, iterable, true, options);
  }

  /** As {@link map}, over rows of arguments. */
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    iterable: AnyIterable<A>,
    chunksize?: Chunks,
  ): Promise<Awaited<R>[]>;
  starmap<F extends AnyFunction, A extends ArgumentsOf<F>>(
    fn: F,
    iterable: AnyIterable<A>,
    chunksize?: Chunks,
  ): Promise<Awaited<ReturnOf<F, A>>[]>;
  starmap(fn: AnyFunction, iterable: AnyIterable<never>, chunksize?: Chunks): Promise<unknown[]> {
    return this.starmapAsync(fn, iterable, chunksOf(chunksize)).get();
  }

  /** As {@link starmap}, by really blocking this thread. */
  starmapSync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    iterable: Iterable<A>,
    chunksize?: Chunks,
  ): Awaited<R>[];
  starmapSync<F extends AnyFunction, A extends ArgumentsOf<F>>(
    fn: F,
    iterable: Iterable<A>,
    chunksize?: Chunks,
  ): Awaited<ReturnOf<F, A>>[];
  starmapSync(fn: AnyFunction, iterable: Iterable<never>, chunksize?: Chunks): unknown[] {
    return this.starmapAsync(fn, iterable, chunksOf(chunksize)).getSync();
  }

  /** As {@link mapAsync}, over rows of arguments. */
  starmapAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    iterable: AnyIterable<A>,
    options?: MapAsyncOptions<Awaited<R>>,
  ): MapResult<Awaited<R>>;
  starmapAsync<F extends AnyFunction, A extends ArgumentsOf<F>>(
    fn: F,
    iterable: AnyIterable<A>,
    options?: MapAsyncOptions<Awaited<ReturnOf<F, A>>>,
  ): MapResult<Awaited<ReturnOf<F, A>>>;
  starmapAsync(
    fn: AnyFunction,
    iterable: AnyIterable<unknown>,
    options: MapAsyncOptions<unknown> = {},
  ): MapResult<unknown> {
    return this.#calls.collect(fn, iterable, false, options);
  }

  /** The results one by one in the order of the input, which is read lazily: an endless one takes constant memory. */
  imap<A, R>(fn: (value: A) => R, iterable: AnyIterable<A>, chunksize?: number): IMapIterator<Awaited<R>>;
  imap<F extends AnyFunction, A>(
    fn: F,
    iterable: AnyIterable<A> & Fits<F, [A]>,
    chunksize?: number,
  ): IMapIterator<Awaited<ReturnOf<F, [A]>>>;
  imap(fn: AnyFunction, iterable: AnyIterable<unknown>, chunksize?: number): IMapIterator<unknown> {
    return this.#calls.iterate(fn, iterable, chunksize, "input");
  }

  /** As {@link imap}, in the order of completion. */
  imapUnordered<A, R>(
    fn: (value: A) => R,
    iterable: AnyIterable<A>,
    chunksize?: number,
  ): IMapIterator<Awaited<R>>;
  imapUnordered<F extends AnyFunction, A>(
    fn: F,
    iterable: AnyIterable<A> & Fits<F, [A]>,
    chunksize?: number,
  ): IMapIterator<Awaited<ReturnOf<F, [A]>>>;
  imapUnordered(fn: AnyFunction, iterable: AnyIterable<unknown>, chunksize?: number): IMapIterator<unknown> {
    return this.#calls.iterate(fn, iterable, chunksize, "completion");
  }

  /**
   * What the pool is doing and has done, in the same shape as of a `ProcessPoolExecutor`. It still answers when the pool is
   * gone. (Python's `Pool` has nothing like it.)
   *
   * @throws ArgumentTypeError, ValueError for wrong options.
   */
  stats(options: PoolStatsOptions = {}): PoolStats {
    return this.#engine.stats(checkPoolStatsOptions(options));
  }

  /** No more work; what there is is done. A second call is harmless. */
  close(): void {
    if (this.#state !== "RUN") return;
    this.#state = "CLOSE";
    leakRegistry.unregister(this);
    this.#engine.close();
  }

  /** Ends the workers at once. Results that are not there end with an error (in Python they never come). */
  terminate(): void {
    this.#state = "TERMINATE";
    leakRegistry.unregister(this);
    this.#engine.terminate("terminate", "terminate()");
  }

  /** Resolves when the workers are gone. @throws ValueError before `close` or `terminate` */
  async join(): Promise<void> {
    if (this.#state === "RUN")
      throw new ValueError("Pool is still running: close() or terminate() it first.");
    await this.#engine.join();
  }

  /** Leaving an `await using` block: terminates, as in Python. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.join();
  }

  static {
    // A pool belongs to the thread that made it.
    Object.defineProperty(BasePool.prototype, reduce, {
      value() {
        throw new SerializationError(
          "Pool objects cannot be passed between processes. Pass its results, or make a pool where you need it.",
        );
      },
    });
  }

  toString(): string {
    return `<${this.constructor.name} state=${this.#state} pool_size=${this.#size}>`;
  }
}
