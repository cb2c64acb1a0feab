import { Future } from "../future/future.ts";
import { FutureSource, type MapOrder } from "../map/future-source.ts";
import { type AnyIterable, type Rows, rowsOf, zip } from "../map/iterables.ts";
import { MapIterator, type MapSource } from "../map/map-iterator.ts";
import { checkMapOptions, type MapOptions, splitMapArguments } from "../map/options.ts";
import { checkFunction, checkIterable, checkOptions } from "../options.ts";
import type { AnyFunction, ArgumentsOf, ReturnOf } from "./signatures.ts";
import { checkTaskOptions, type TaskOptions } from "./task-options.ts";

/** What `shutdown` takes. */
export interface ShutdownOptions {
  /** Whether the promise waits until all work has ended and the workers are gone. Queued work runs either way. @default true */
  readonly wait?: boolean;
  /** Cancel what has not started. @default false */
  readonly cancelFutures?: boolean;
}

const shutdownOptions = ["wait", "cancelFutures"] as const;

/** Refuses wrong `shutdown` options. @throws ArgumentTypeError, ValueError */
export function checkShutdownOptions(options: ShutdownOptions): Required<ShutdownOptions> {
  checkOptions("options", options, shutdownOptions);
  return { wait: options.wait ?? true, cancelFutures: options.cancelFutures ?? false };
}

/** How much of an async input is read ahead when nobody says. Larger hides a slow source better, smaller holds less of it. */
const asyncWindow = 64;

/**
 * Runs calls somewhere else or some time later (Python: `concurrent.futures.Executor`).
 *
 * To make one of your own, extend it and give `submitTask` and `shutdown`.
 *
 * @example
 * ```ts
 * const executor = new ProcessPoolExecutor();
 * try {
 *   console.log(await executor.submit(fib, 30));
 * } finally {
 *   await executor.shutdown();
 * }
 * ```
 */
export abstract class Executor implements AsyncDisposable {
  /** Queues one call of a function that has been checked, under options that have been checked. */
  protected abstract submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: TaskOptions | undefined,
  ): Future<R>;

  /**
   * Takes no more work and ends when what there is has been done. A second call is harmless.
   * (Python: `shutdown(wait=True, cancel_futures=False)`.)
   */
  abstract shutdown(options?: ShutdownOptions): Promise<void>;

  /** Throws what `submit` would throw, if this executor takes nothing more. */
  protected checkOpen(): void {}

  /** The source of a map's results; an executor with a faster way than a future per call overrides it. */
  protected mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    taskOptions: TaskOptions | undefined,
  ): MapSource<R> {
    const unbounded = rows.kind === "sync" ? Number.POSITIVE_INFINITY : asyncWindow;
    return new FutureSource<R>(rows, (row) => this.#submit<R>(fn, row, taskOptions), {
      order,
      window: options.buffersize ?? unbounded,
      timeout: options.timeout,
    });
  }

  /**
   * Schedules `fn(...args)` and gives the future of its result.
   *
   * @throws ArgumentTypeError when `fn` is no function; RuntimeError after `shutdown`; BrokenExecutor when the pool is
   * broken; SerializationError when function or arguments cannot travel to where the executor runs them.
   */
  submit<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;
  submit<F extends AnyFunction, A extends ArgumentsOf<F> & readonly unknown[]>(
    fn: F,
    ...args: A
  ): Future<Awaited<ReturnOf<F, A>>>;
  submit(fn: AnyFunction, ...args: never): unknown {
    checkFunction("fn", fn);
    return this.submitTask(fn, args as unknown[], undefined);
  }

  /**
   * Calls `fn` on each row of the iterables, as many at a time as the executor runs, and gives the results in the order
   * of the input. Without `buffersize` a synchronous input is read at once. Like Python's `zip`, the shortest input ends it.
   *
   * @throws as `submit`; ArgumentTypeError and ValueError for wrong inputs and options.
   */
  map<A, R>(fn: (a: A) => R, iterable: AnyIterable<A>, options?: MapOptions): MapIterator<Awaited<R>>;
  map<A, B, R>(
    fn: (a: A, b: B) => R,
    a: AnyIterable<A>,
    b: AnyIterable<B>,
    options?: MapOptions,
  ): MapIterator<Awaited<R>>;
  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...rest: [...{ [K in keyof A]: AnyIterable<A[K]> }, options?: MapOptions]
  ): MapIterator<Awaited<R>>;
  map(fn: AnyFunction, ...rest: unknown[]): MapIterator<unknown> {
    return this.#map(fn, rest, "input", undefined);
  }

  /** As {@link map}, in the order of completion. */
  mapUnordered<A, R>(
    fn: (a: A) => R,
    iterable: AnyIterable<A>,
    options?: MapOptions,
  ): MapIterator<Awaited<R>>;
  mapUnordered<A, B, R>(
    fn: (a: A, b: B) => R,
    a: AnyIterable<A>,
    b: AnyIterable<B>,
    options?: MapOptions,
  ): MapIterator<Awaited<R>>;
  mapUnordered<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...rest: [...{ [K in keyof A]: AnyIterable<A[K]> }, options?: MapOptions]
  ): MapIterator<Awaited<R>>;
  mapUnordered(fn: AnyFunction, ...rest: unknown[]): MapIterator<unknown> {
    return this.#map(fn, rest, "completion", undefined);
  }

  /** As {@link map}, over rows of arguments: `starmap(pow, [[2, 8], [3, 2]])`. */
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    argTuples: AnyIterable<A>,
    options?: MapOptions,
  ): MapIterator<Awaited<R>> {
    return this.#starmap(fn as AnyFunction, argTuples, options, undefined) as MapIterator<Awaited<R>>;
  }

  /**
   * The same pool, with these options for all that is submitted through what this gives.
   *
   * @throws ArgumentTypeError, ValueError for wrong options.
   * @example
   * ```ts
   * const urgent = executor.withOptions({ priority: 10, timeout: 5_000 });
   * await urgent.submit(render, page);
   * ```
   */
  withOptions(options: TaskOptions): Executor {
    const checked = checkTaskOptions(options);
    return new ExecutorView(
      (fn, args, own) => this.#submit(fn, args, { ...checked, ...own }),
      (fn, rows, mapOptions, order, own) =>
        this.mapSource(fn, rows, mapOptions, order, { ...checked, ...own }),
      (shutdown) => this.shutdown(shutdown),
      () => this.checkOpen(),
    );
  }

  /** Leaving an `await using` block: `shutdown({ wait: true })`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown({ wait: true });
  }

  #map(
    fn: AnyFunction,
    rest: readonly unknown[],
    order: MapOrder,
    taskOptions: TaskOptions | undefined,
  ): MapIterator<unknown> {
    checkFunction("fn", fn);
    const { iterables, options } = splitMapArguments(rest);
    this.checkOpen();
    return new MapIterator(this.mapSource(fn, zip(iterables), options, order, taskOptions));
  }

  #starmap(
    fn: AnyFunction,
    tuples: AnyIterable<readonly unknown[]>,
    options: MapOptions | undefined,
    own: TaskOptions | undefined,
  ): MapIterator<unknown> {
    checkFunction("fn", fn);
    checkIterable("argTuples", tuples);
    const checked = checkMapOptions(options ?? {});
    this.checkOpen();
    return new MapIterator(this.mapSource(fn, rowsOf(tuples), checked, "input", own));
  }

  #submit<R>(fn: AnyFunction, args: unknown[], options: TaskOptions | undefined): Future<R> {
    const signal = options?.signal;
    if (signal === undefined) return this.submitTask<R>(fn, args, options);
    if (signal.aborted) {
      this.checkOpen();
      const future = new Future<R>();
      future.setCancelled(signal.reason);
      return future;
    }
    const future = this.submitTask<R>(fn, args, options);
    const abort = (): void => {
      future.cancel({ force: true, reason: signal.reason });
    };
    signal.addEventListener("abort", abort, { once: true });
    future.addDoneCallback(() => signal.removeEventListener("abort", abort));
    return future;
  }
}

type SubmitTask = (fn: AnyFunction, args: unknown[], options: TaskOptions | undefined) => Future<unknown>;
type MakeSource = (
  fn: AnyFunction,
  rows: Rows,
  options: MapOptions,
  order: MapOrder,
  own: TaskOptions | undefined,
) => MapSource<unknown>;

/** An executor seen through fixed task options. */
class ExecutorView extends Executor {
  readonly #submitTask: SubmitTask;
  readonly #makeSource: MakeSource;
  readonly #shutdown: (options?: ShutdownOptions) => Promise<void>;
  readonly #checkOpen: () => void;

  constructor(
    submitTask: SubmitTask,
    makeSource: MakeSource,
    shutdown: (options?: ShutdownOptions) => Promise<void>,
    checkOpen: () => void,
  ) {
    super();
    this.#submitTask = submitTask;
    this.#makeSource = makeSource;
    this.#shutdown = shutdown;
    this.#checkOpen = checkOpen;
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: TaskOptions | undefined,
  ): Future<R> {
    return this.#submitTask(fn, args, options) as Future<R>;
  }

  protected override mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R> {
    return this.#makeSource(fn, rows, options, order, own) as MapSource<R>;
  }

  protected override checkOpen(): void {
    this.#checkOpen();
  }

  override shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#shutdown(options);
  }
}
