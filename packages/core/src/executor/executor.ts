import { Future } from "../future/future.ts";
import { FutureSource, type MapOrder } from "../map/future-source.ts";
import { type AnyIterable, type Rows, rowsOf, zip } from "../map/iterables.ts";
import { MapIterator, type MapSource } from "../map/map-iterator.ts";
import { checkMapOptions, type MapOptions, splitMapArguments, windowOf } from "../map/options.ts";
import { checkFunction, checkIterable } from "../options.ts";
import { cancelOnAbort } from "./cancel-on-abort.ts";
import type { ExecutorDoors } from "./executor-doors.ts";
import { RetriedCall } from "./retried-call.ts";
import { RetryWaits } from "./retry-waits.ts";
import type { ShutdownOptions } from "./shutdown-options.ts";
import type { AnyFunction, ArgumentsOf, ReturnOf } from "./signatures.ts";
import { type CallOptions, checkTaskOptions, itemOptions, type TaskOptions } from "./task-options.ts";

let openDoors: (executor: Executor) => ExecutorDoors;

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
  readonly #retryWaits: RetryWaits = new RetryWaits();

  /** Queues one call of a function that has been checked, under options that have been checked. */
  protected abstract submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R>;

  /** Queues one more attempt of a call of which `failed` was the last; the arguments are those of the first attempt. */
  protected retryTask<R>(
    _failed: Future<R>,
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions,
  ): Future<R> {
    return this.submitTask(fn, args, options);
  }

  /**
   * Takes no more work and ends when what there is has been done. A second call is harmless.
   * (Python: `shutdown(wait=True, cancel_futures=False)`.)
   */
  abstract shutdown(options?: ShutdownOptions): Promise<void>;

  /** Throws what `submit` would throw, if this executor takes nothing more. */
  protected checkOpen(): void {}

  /**
   * One call with all that its options ask for: a signal that cancels it, attempts after a failure. What stands in front
   * of another executor hands the call on to that one's.
   */
  protected submitCall<R>(fn: AnyFunction, args: unknown[], options: CallOptions | undefined): Future<R> {
    if (options === undefined) return this.submitTask<R>(fn, args, undefined);
    const { signal, retries = 0 } = options;
    if (signal?.aborted) {
      this.checkOpen();
      const future = new Future<R>();
      future.setCancelled(signal.reason);
      return future;
    }
    const future =
      retries > 0 ? this.#submitWithRetries<R>(fn, args, options) : this.submitTask<R>(fn, args, options);
    if (signal !== undefined) cancelOnAbort(future, signal);
    return future;
  }

  /**
   * For `shutdown`, before anything else: calls that wait for another attempt get it now, or are cancelled. Nobody
   * would end their waiting later.
   */
  protected endRetryWaits(cancel: boolean): void {
    this.#retryWaits.end(cancel ? "cancel" : "retry");
  }

  /** Whether something is asked for each call of a map by itself: then each needs a future, and none can share a message. */
  protected needsFutures({ seed }: MapOptions, taskOptions: TaskOptions | undefined): boolean {
    return (
      seed !== undefined ||
      (taskOptions !== undefined && Object.keys(taskOptions).some((key) => key !== "priority"))
    );
  }

  /** The source of a map's results; an executor with a faster way than a future per call overrides it. */
  protected mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    taskOptions: TaskOptions | undefined,
  ): MapSource<R> {
    return new FutureSource<R>(
      rows,
      (row, index) => this.submitCall<R>(fn, row, itemOptions(taskOptions, options.seed, index)),
      {
        order,
        window: windowOf(rows, options),
        timeout: options.timeout,
      },
    );
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
    return this.submitCall(fn, args as unknown[], undefined);
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
    return new ExecutorView(this, checkTaskOptions(options));
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

  #submitWithRetries<R>(fn: AnyFunction, args: unknown[], options: CallOptions): Future<R> {
    const submit = (attempt: number, failed: Future<R> | undefined): Future<R> => {
      const own = attempt === 1 ? options : { ...options, attempt };
      return failed === undefined ? this.submitTask<R>(fn, args, own) : this.retryTask(failed, fn, args, own);
    };
    return new RetriedCall<R>(submit, options, this.#retryWaits);
  }

  static {
    openDoors = (executor) => ({
      submitCall: (fn, args, options) => executor.submitCall(fn, args, options),
      mapSource: (fn, rows, options, order, own) => executor.mapSource(fn, rows, options, order, own),
      checkOpen: () => executor.checkOpen(),
    });
  }
}

/** For views and groups, which hand their calls on. */
export function doorsOf(executor: Executor): ExecutorDoors {
  return openDoors(executor);
}

/** An executor seen through fixed task options. */
class ExecutorView extends Executor {
  readonly #executor: Executor;
  readonly #doors: ExecutorDoors;
  readonly #options: TaskOptions;

  constructor(executor: Executor, options: TaskOptions) {
    super();
    this.#executor = executor;
    this.#doors = doorsOf(executor);
    this.#options = options;
  }

  protected override submitCall<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    return this.#doors.submitCall(fn, args, { ...this.#options, ...options });
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    return this.submitCall(fn, args, options);
  }

  protected override mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R> {
    return this.#doors.mapSource(fn, rows, options, order, { ...this.#options, ...own });
  }

  protected override checkOpen(): void {
    this.#doors.checkOpen();
  }

  override shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#executor.shutdown(options);
  }
}
