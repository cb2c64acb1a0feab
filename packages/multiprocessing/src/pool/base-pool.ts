import { reduce } from "@concurrent-futures/callable";
import {
  type AnyFunction,
  type AnyIterable,
  ArgumentTypeError,
  type Future,
  type Rows,
  SerializationError,
  ValueError,
} from "@concurrent-futures/core";
import { callTracer } from "@concurrent-futures/core/call-tracer";
import {
  checkFunction,
  checkIterable,
  checkOptions,
  describeValue,
  isIterable,
  lengthOf,
  refuseMore,
} from "@concurrent-futures/core/options";
import {
  checkPoolStatsOptions,
  type PoolStats,
  type PoolStatsOptions,
} from "@concurrent-futures/core/pool-stats";
import { type Args, type ArgsAndCallbacks, type Chunks, chunksOf } from "./arguments.ts";
import { AsyncResult, MapResult, type ResultCallbacks } from "./async-result.ts";
import { IMapIterator, readAhead } from "./imap-iterator.ts";
import { JobFuture } from "./job-future.ts";
import { checkChunksize } from "./options.ts";
import type { PoolEngine, PoolJob } from "./pool-engine.ts";

/** Warns about pools that were garbage-collected without being closed (Python: ResourceWarning), and lets their workers go. */
const leakRegistry = new FinalizationRegistry((engine: PoolEngine) => {
  process.emitWarning("unclosed running multiprocessing pool: close() or terminate() it.", "ResourceWarning");
  engine.close();
});

/** Python's states of a pool. */
type PoolState = "RUN" | "CLOSE" | "TERMINATE";

/** What `mapAsync` and `starmapAsync` take. */
export interface MapAsyncOptions<R> extends ResultCallbacks<R[]> {
  /** Calls that travel together. @default measured */
  readonly chunksize?: number;
}

/** The methods of Python's pools, whatever the calls run on. */
export abstract class BasePool implements AsyncDisposable {
  readonly #engine: PoolEngine;
  readonly #size: number;
  #state: PoolState = "RUN";

  protected constructor(engine: PoolEngine, size: number) {
    this.#engine = engine;
    this.#size = size;
    leakRegistry.register(this, engine, this);
  }

  /** The result of one call. */
  apply<A extends readonly unknown[], R>(fn: (...args: A) => R, ...rest: Args<A>): Promise<Awaited<R>> {
    return this.#submit<Awaited<R>>(fn as AnyFunction, rest, this.apply).get();
  }

  /** As {@link apply}, by really blocking this thread. */
  applySync<A extends readonly unknown[], R>(fn: (...args: A) => R, ...rest: Args<A>): Awaited<R> {
    return this.#submit<Awaited<R>>(fn as AnyFunction, rest, this.applySync).getSync();
  }

  /** One call, and its result when it is there. @throws ValueError after `close` or `terminate`; SerializationError */
  applyAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...rest: ArgsAndCallbacks<A, Awaited<R>>
  ): AsyncResult<Awaited<R>> {
    const [args, callbacks, ...more] = rest;
    refuseMore(more, "applyAsync(fn, args?, callbacks?)");
    return this.#submit<Awaited<R>>(fn as AnyFunction, [args], this.applyAsync, callbacks);
  }

  /** All results in the order of the input; when a call fails, all others are waited for, then its error is thrown. */
  map<A, R>(fn: (value: A) => R, iterable: AnyIterable<A>, chunksize?: Chunks): Promise<Awaited<R>[]> {
    return this.mapAsync(fn, iterable, chunksOf(chunksize)).get();
  }

  /** As {@link map}, by really blocking this thread. */
  mapSync<A, R>(fn: (value: A) => R, iterable: Iterable<A>, chunksize?: Chunks): Awaited<R>[] {
    return this.mapAsync(fn, iterable, chunksOf(chunksize)).getSync();
  }

  /** As {@link map}, with the results when all are there. */
  mapAsync<A, R>(
    fn: (value: A) => R,
    iterable: AnyIterable<A>,
    options: MapAsyncOptions<Awaited<R>> = {},
  ): MapResult<Awaited<R>> {
    return this.#collect(fn as AnyFunction, iterable, true, options);
  }

  /** As {@link map}, over rows of arguments. */
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    iterable: AnyIterable<A>,
    chunksize?: Chunks,
  ): Promise<Awaited<R>[]> {
    return this.starmapAsync(fn, iterable, chunksOf(chunksize)).get();
  }

  /** As {@link starmap}, by really blocking this thread. */
  starmapSync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    iterable: Iterable<A>,
    chunksize?: Chunks,
  ): Awaited<R>[] {
    return this.starmapAsync(fn, iterable, chunksOf(chunksize)).getSync();
  }

  /** As {@link mapAsync}, over rows of arguments. */
  starmapAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    iterable: AnyIterable<A>,
    options: MapAsyncOptions<Awaited<R>> = {},
  ): MapResult<Awaited<R>> {
    return this.#collect(fn as AnyFunction, iterable, false, options);
  }

  /** The results one by one in the order of the input, which is read lazily: an endless one takes constant memory. */
  imap<A, R>(fn: (value: A) => R, iterable: AnyIterable<A>, chunksize?: number): IMapIterator<Awaited<R>> {
    return this.#iterate(fn as AnyFunction, iterable, chunksize, "input");
  }

  /** As {@link imap}, in the order of completion. */
  imapUnordered<A, R>(
    fn: (value: A) => R,
    iterable: AnyIterable<A>,
    chunksize?: number,
  ): IMapIterator<Awaited<R>> {
    return this.#iterate(fn as AnyFunction, iterable, chunksize, "completion");
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

  #submit<R>(
    fn: AnyFunction,
    [args = [], ...more]: readonly unknown[],
    caller: Function,
    callbacks: ResultCallbacks<R> = {},
  ): AsyncResult<R> {
    refuseMore(more, `${caller.name}(fn, args?)`);
    if (!Array.isArray(args))
      throw new ArgumentTypeError(
        `Expected \`args\` to be an array of the arguments, got ${describeValue(args)}.`,
      );
    checkOptions("callbacks", callbacks, ["callback", "errorCallback"]);
    this.#check(fn, callbacks);
    const submit = (): Future<unknown> => this.#engine.submit(fn, [...args], undefined, caller);
    const task = callTracer()?.submit(fn, submit) ?? submit();
    return new AsyncResult(task as unknown as Future<R>, callbacks);
  }

  #check(fn: unknown, { callback, errorCallback }: ResultCallbacks<never> = {}): void {
    checkFunction("fn", fn);
    if (callback !== undefined) checkFunction("callback", callback);
    if (errorCallback !== undefined) checkFunction("errorCallback", errorCallback);
    if (this.#state !== "RUN") throw new ValueError("Pool not running");
  }

  #rows(iterable: unknown, single: boolean): Rows {
    checkIterable("iterable", iterable);
    if (isIterable(iterable)) {
      const rows = iterable as Iterable<unknown[]>;
      const length = lengthOf(iterable);
      return single
        ? { kind: "sync", rows: [].values(), single: rows, length }
        : { kind: "sync", rows: rows[Symbol.iterator](), length };
    }
    const rows = iterable as AsyncIterable<unknown[]>;
    return single
      ? { kind: "async", rows: rows[Symbol.asyncIterator](), single: rows }
      : { kind: "async", rows: rows[Symbol.asyncIterator]() };
  }

  #collect<R>(
    fn: AnyFunction,
    iterable: unknown,
    single: boolean,
    options: MapAsyncOptions<R>,
  ): MapResult<R> {
    const rows = this.#rows(iterable, single);
    checkOptions("options", options, ["chunksize", "callback", "errorCallback"]);
    this.#check(fn, options as ResultCallbacks<never>);
    const size = checkChunksize(options.chunksize);
    const map = (): MapResult<R> => {
      const job = this.#job(fn, rows, Number.POSITIVE_INFINITY, size, "input");
      return new MapResult<R>(new JobFuture<R>(job, this.#engine), options);
    };
    return callTracer()?.map(fn, iterable, map) ?? map();
  }

  #iterate<R>(
    fn: AnyFunction,
    iterable: unknown,
    chunksize: unknown,
    order: "input" | "completion",
  ): IMapIterator<R> {
    this.#check(fn);
    const size = checkChunksize(chunksize);
    const window = readAhead(this.#size, size);
    const map = (): IMapIterator<R> =>
      new IMapIterator<R>(this.#job(fn, this.#rows(iterable, true), window, size, order));
    return callTracer()?.map(fn, iterable, map) ?? map();
  }

  #job(
    fn: AnyFunction,
    rows: Rows,
    window: number,
    chunksize: number | undefined,
    order: "input" | "completion",
  ): PoolJob {
    return this.#engine.map(
      fn,
      rows,
      window,
      { order, chunksize, timeout: undefined, priority: 0 },
      this.#job,
    );
  }
}
