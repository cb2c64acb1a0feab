import type { Future } from "../future/future.ts";
import type { MapOrder } from "../map/future-source.ts";
import { type AnyIterable, type Rows, rowsOf, zip } from "../map/iterables.ts";
import { MapIterator, type MapSource } from "../map/map-iterator.ts";
import { checkMapOptions, type MapOptions, splitMapArguments } from "../map/options.ts";
import { checkFunction, checkIterable } from "../options.ts";
import { doorsOf, ExecutorBase } from "./executor-base.ts";
import type { ExecutorDoors } from "./executor-doors.ts";
import type { ShutdownOptions } from "./shutdown-options.ts";
import type { AnyFunction, ArgumentsOf, ReturnOf } from "./signatures.ts";
import { type CallOptions, checkTaskOptions, type TaskOptions } from "./task-options.ts";
import { letViewsTravel } from "./views-travel.ts";

/** Refuses inputs that no overload of a function takes. */
type Fits<F, A> = A extends ArgumentsOf<F> ? unknown : never;

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
export abstract class Executor extends ExecutorBase implements AsyncDisposable {
  /**
   * Takes no more work and ends when what there is has been done. A second call is harmless.
   * (Python: `shutdown(wait=True, cancel_futures=False)`.)
   */
  abstract shutdown(options?: ShutdownOptions): Promise<void>;

  /**
   * Schedules `fn(...args)` and gives the future of its result.
   *
   * @throws ArgumentTypeError when `fn` is not a function; RuntimeError after `shutdown`; BrokenExecutor when the pool is
   * broken; SerializationError when function or arguments cannot be sent to where the executor runs them.
   */
  submit<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;
  submit<F extends AnyFunction, A extends ArgumentsOf<F> & readonly unknown[]>(
    fn: F,
    ...args: A
  ): Future<Awaited<ReturnOf<F, A>>>;
  submit(fn: AnyFunction, ...args: never): unknown {
    checkFunction("fn", fn, "Pass the function itself, and then its arguments: submit(fn, 1, 2).");
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
  map<F extends AnyFunction, A>(
    fn: F,
    iterable: AnyIterable<A> & Fits<F, [A]>,
    options?: MapOptions,
  ): MapIterator<Awaited<ReturnOf<F, [A]>>>;
  map<F extends AnyFunction, A, B>(
    fn: F,
    a: AnyIterable<A> & Fits<F, [A, B]>,
    b: AnyIterable<B>,
    options?: MapOptions,
  ): MapIterator<Awaited<ReturnOf<F, [A, B]>>>;
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
  mapUnordered<F extends AnyFunction, A>(
    fn: F,
    iterable: AnyIterable<A> & Fits<F, [A]>,
    options?: MapOptions,
  ): MapIterator<Awaited<ReturnOf<F, [A]>>>;
  mapUnordered<F extends AnyFunction, A, B>(
    fn: F,
    a: AnyIterable<A> & Fits<F, [A, B]>,
    b: AnyIterable<B>,
    options?: MapOptions,
  ): MapIterator<Awaited<ReturnOf<F, [A, B]>>>;
  mapUnordered(fn: AnyFunction, ...rest: unknown[]): MapIterator<unknown> {
    return this.#map(fn, rest, "completion", undefined);
  }

  /** As {@link map}, over rows of arguments: `starmap(pow, [[2, 8], [3, 2]])`. */
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    argTuples: AnyIterable<A>,
    options?: MapOptions,
  ): MapIterator<Awaited<R>>;
  starmap<F extends AnyFunction, A extends ArgumentsOf<F> & unknown[]>(
    fn: F,
    argTuples: AnyIterable<A>,
    options?: MapOptions,
  ): MapIterator<Awaited<ReturnOf<F, A>>>;
  starmap(fn: AnyFunction, argTuples: never, options?: MapOptions): MapIterator<unknown> {
    return this.#starmap(fn, argTuples, options, undefined);
  }

  /**
   * The same pool, with these options for all that is submitted through what this gives: a view, which has the pool's own members
   * too. Its `shutdown()` is the pool's; leaving an `await using` block with a view ends nothing, since the pool goes on.
   *
   * @throws ArgumentTypeError, ValueError for wrong options.
   * @example
   * ```ts
   * const urgent = executor.withOptions({ priority: 10, timeout: 5_000 });
   * await urgent.submit(render, page);
   * ```
   */
  withOptions(options: TaskOptions): ExecutorView<this> {
    const View = viewClassOf(this);
    return new View(this, checkTaskOptions(options)) as unknown as ExecutorView<this>;
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
    checkFunction("fn", fn, "Pass the function first, and then its inputs: map(fn, [1, 2, 3]).");
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
    checkFunction("fn", fn, "Pass the function first, and then its rows: starmap(fn, [[1, 2], [3, 4]]).");
    checkIterable("argTuples", tuples);
    const checked = checkMapOptions(options ?? {});
    this.checkOpen();
    return new MapIterator(this.mapSource(fn, rowsOf(tuples), checked, "input", own));
  }
}

/** An executor seen through task options, with the members of its own that it has beyond `Executor`. */
export type ExecutorView<E extends Executor = Executor> = Executor & Omit<E, keyof Executor>;

/** The executor behind a view. */
const behind = Symbol("executor");

/** What it was made with. */
const made = Symbol("options");

class View extends Executor {
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

  override [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  get [behind](): Executor {
    return this.#executor;
  }

  get [made](): TaskOptions {
    return this.#options;
  }
}

const viewClasses = new WeakMap<object, typeof View>();

/** The class of an executor's views. One for each class of executors: `withOptions()` is called as often as `submit()`. */
function viewClassOf(executor: Executor): typeof View {
  const prototype = Object.getPrototypeOf(executor) as object;
  let found = viewClasses.get(prototype);
  if (found === undefined) {
    found = class extends View {};
    for (let at: object = executor; at !== Executor.prototype; at = Object.getPrototypeOf(at) as object)
      for (const [key, member] of Object.entries(Object.getOwnPropertyDescriptors(at)))
        if (!(key in found.prototype)) Object.defineProperty(found.prototype, key, forwarded(key, member));
    letViewsTravel(found, (view) => [view[behind], view[made]]);
    viewClasses.set(prototype, found);
  }
  return found;
}

type Members = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** A member of a view that is the executor's own. */
function forwarded(key: string, { get, value }: PropertyDescriptor): PropertyDescriptor {
  const of = (view: View): Members => view[behind] as unknown as Members;
  function read(this: View): unknown {
    return of(this)[key];
  }
  function call(this: View, ...args: unknown[]): unknown {
    return of(this)[key]?.(...args);
  }
  return get === undefined && typeof value === "function" ? { value: call } : { get: read };
}
