import { type AnyFunction, type Future, type Rows, ValueError } from "@concurrent-futures/core";
import { callTracer } from "@concurrent-futures/core/call-tracer";
import {
  checkArray,
  checkFunction,
  checkIterable,
  checkOptions,
  isIterable,
  lengthOf,
  refuseMore,
} from "@concurrent-futures/core/options";
import { AsyncResult, MapResult, type ResultCallbacks } from "./async-result.ts";
import { IMapIterator, readAhead } from "./imap-iterator.ts";
import { JobFuture } from "./job-future.ts";
import { checkChunksize } from "./options.ts";
import type { PoolEngine, PoolJob } from "./pool-engine.ts";

/** What `mapAsync` and `starmapAsync` take. */
export interface MapAsyncOptions<R> extends ResultCallbacks<R[]> {
  /** Calls that travel together. @default measured */
  readonly chunksize?: number;
}

/** The calls of a pool, before its engine gets them: errors in a call are thrown here, where it is made. */
export class PoolCalls {
  readonly #engine: PoolEngine;
  readonly #size: number;
  readonly #isRunning: () => boolean;

  constructor(engine: PoolEngine, size: number, isRunning: () => boolean) {
    this.#engine = engine;
    this.#size = size;
    this.#isRunning = isRunning;
  }

  submit<R>(
    fn: AnyFunction,
    [args = [], ...more]: readonly unknown[],
    caller: Function,
    callbacks: ResultCallbacks<R> = {},
  ): AsyncResult<R> {
    if (more.length > 0) refuseMore(more, `${caller.name}(fn, args?)`);
    checkArray("args", args, "the arguments");
    checkOptions("callbacks", callbacks, ["callback", "errorCallback"]);
    this.#check(fn, callbacks);
    const tracer = callTracer();
    const submit = (): Future<unknown> => this.#engine.submit(fn, [...args], undefined, caller);
    const task = tracer === undefined ? submit() : tracer.submit(fn, submit);
    return new AsyncResult(task as unknown as Future<R>, callbacks);
  }

  #check(fn: unknown, { callback, errorCallback }: ResultCallbacks<never> = {}): void {
    checkFunction("fn", fn);
    if (callback !== undefined) checkFunction("callback", callback);
    if (errorCallback !== undefined) checkFunction("errorCallback", errorCallback);
    if (!this.#isRunning()) throw new ValueError("Pool not running");
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

  collect<R>(fn: AnyFunction, iterable: unknown, single: boolean, options: MapAsyncOptions<R>): MapResult<R> {
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

  iterate<R>(
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
