import { reduce, revive } from "@concurrent-futures/callable";
import {
  type AnyFunction,
  ArgumentTypeError,
  type CallOptions,
  type CancelOptions,
  checkShutdownOptions,
  Executor,
  type Future,
  type FutureOwner,
  type MapOptions,
  type MapOrder,
  type MapSource,
  type Rows,
  RuntimeError,
  SerializationError,
  type ShutdownOptions,
  type TaskOptions,
  ValueError,
} from "@concurrent-futures/core";
import { FutureSource } from "@concurrent-futures/core/future-source";
import { describeValue } from "@concurrent-futures/core/options";
import {
  checkPoolStatsOptions,
  type PoolStats,
  type PoolStatsOptions,
} from "@concurrent-futures/core/pool-stats";
import type { WorkerInfo } from "../presence/worker-info.ts";
import type { CarriedByName } from "../wire/carried.ts";
import { Call, type Grouping, type NamedFunction } from "./call.ts";
import { Link } from "./link.ts";
import { Naming } from "./naming.ts";
import {
  type CheckedDistributedOptions,
  checkDistributedOptions,
  type DistributedOptions,
} from "./options.ts";

/**
 * Runs calls on workers on this machine and others, which take them from a queue in Redis. The rest of a program stays as
 * it is with a `ProcessPoolExecutor`. (Python's library has no such thing; dask and celery come near.)
 *
 * Functions go by module and export: each side has the modules, below a root folder of its own. What is submitted runs at
 * least once: when a worker dies, its calls run again elsewhere.
 *
 * @example
 * ```ts
 * import { DistributedExecutor } from "@concurrent-futures/distributed";
 * import { fib } from "./tasks.js";
 *
 * await using executor = new DistributedExecutor({ redis: "redis://localhost", queue: "numbers" });
 * for await (const number of executor.map(fib, [10, 20, 30])) console.log(number);
 * ```
 */
export class DistributedExecutor extends Executor {
  readonly #options: CheckedDistributedOptions;
  readonly #naming: Naming;
  readonly #link: Link;
  #closed: Promise<void> | undefined;
  readonly #owner: FutureOwner = {
    cancel: (future, options) => this.#cancel(future as Call<unknown>, options),
    isRunning: () => false,
    waitSync: () => {
      throw new RuntimeError(
        "resultSync() cannot block: results come over a connection of this thread. Use `await future.result()`.",
      );
    },
  };

  static {
    // Said in words, where the general rule would speak of its fields.
    Object.defineProperty(DistributedExecutor, revive, { value: refuseToTravel });
    Object.defineProperty(DistributedExecutor.prototype, reduce, { value: refuseToTravel });
  }

  /** @throws ArgumentTypeError, ValueError for wrong options. */
  constructor(options: DistributedOptions = {}) {
    super();
    this.#options = checkDistributedOptions(options);
    this.#naming = new Naming(this.#options);
    this.#link = new Link(this.#options);
    // Listening does not keep an executor from being collected.
    const self = new WeakRef(this);
    this.#link.activity.opened((options) => {
      const executor = self.deref();
      if (executor === undefined) throw new RuntimeError("The executor has been collected.");
      return executor.stats(options);
    });
  }

  protected override checkOpen(): void {
    if (this.#closed !== undefined) throw new RuntimeError("cannot schedule new futures after shutdown");
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    this.checkOpen();
    return this.#submit(fn, args, options, this.#naming.carried());
  }

  protected override retryTask<R>(
    failed: Future<unknown>,
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions,
  ): Future<R> {
    this.checkOpen();
    return this.#submit(fn, args, options, (failed as Call<unknown>).carried);
  }

  #submit<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
    carried: readonly CarriedByName[] | undefined,
  ): Future<R> {
    const named = this.#naming.named(fn);
    // What was not proved to have begun must be told apart, call by call, where none may run twice.
    const isAlone = this.#options.delivery === "at-most-once" || named.fn instanceof Uint8Array;
    return this.#send<R>(named, args, options, isAlone ? "alone" : "beside", undefined, carried);
  }

  #send<R>(
    named: NamedFunction,
    args: readonly unknown[],
    options: CallOptions | undefined,
    grouping: Grouping,
    chunksize: number | undefined,
    carried: readonly CarriedByName[] | undefined,
  ): Call<R> {
    const message = this.#naming.encode(named, args);
    const call = new Call<R>(this.#owner, named, message, options, grouping, chunksize, carried);
    this.#link.send(call as Call<unknown>);
    return call;
  }

  protected override mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R> {
    const { chunksize = "auto", buffersize, timeout } = options;
    if (this.needsFutures(options, own)) return super.mapSource(fn, rows, options, order, own);
    // Where none may run twice, rows share a job on request only: they would fail together.
    const isAlone = chunksize === 1 || (chunksize === "auto" && this.#options.delivery === "at-most-once");
    const grouping = isAlone ? "alone" : "row";
    const size = chunksize === "auto" ? undefined : chunksize;
    // Once for the whole map; a function that cannot be sent is each row's error.
    const named = outcomeOf(() => this.#naming.named(fn));
    const carried = this.#naming.carried();
    const send = (row: unknown[]): Future<R> => {
      this.checkOpen();
      return this.#send<R>(named(), row, own, grouping, size, carried);
    };
    const window = buffersize ?? (rows.kind === "sync" ? Number.POSITIVE_INFINITY : readAhead(size));
    return new FutureSource<R>(rows, send, { order, window, timeout });
  }

  /**
   * The workers that serve the queue now, on all machines.
   *
   * @example
   * ```ts
   * import { DistributedExecutor } from "@concurrent-futures/distributed";
   *
   * await using executor = new DistributedExecutor();
   * for (const { name, host, slots } of await executor.workers()) console.log(name, host, slots);
   * ```
   */
  workers(): Promise<WorkerInfo[]> {
    this.checkOpen();
    return this.#link.workers();
  }

  /**
   * Lets go of a call, which goes on: it runs though this executor shuts down or its process dies. Its future here is
   * cancelled. The outcome is kept in Redis for an hour from its end, for {@link attach}; a call that waits for a worker is
   * kept for a day.
   *
   * @returns an id, for an executor of the same queue, in any process.
   * @throws ValueError for a future that is done, or none of a `submit` of this executor.
   *
   * @example
   * ```ts
   * import { DistributedExecutor } from "@concurrent-futures/distributed";
   * import { fib } from "./tasks.js";
   *
   * await using executor = new DistributedExecutor();
   * const id = executor.detach(executor.submit(fib, 30));
   * // Later, or elsewhere:
   * console.log(await executor.attach(id));
   * ```
   */
  detach(future: Future<unknown>): string {
    this.checkOpen();
    if (!(future instanceof Call) || !this.#link.unfinished.has(future))
      throw new ValueError("Expected a future of this executor's submit() that is not done, got another.");
    return this.#link.detach(future);
  }

  /**
   * The future of a call that was detached, by this executor or another one of the queue. It can be had several times.
   *
   * @throws ValueError for values that are not ids. The future fails with JobLostError when nothing is known of the call, or not
   * any more, and as any other future for what happens to its call.
   */
  attach(id: string): Future<unknown> {
    this.checkOpen();
    if (typeof id !== "string")
      throw new ArgumentTypeError(`Expected an id that detach() returned, got ${describeValue(id)}.`);
    return this.#link.attach(id);
  }

  /**
   * What this executor's calls have come to, in the same shape as of a `ProcessPoolExecutor`. A worker is one that has
   * answered; run times are measured there, and what a call took beyond that is wait time.
   *
   * @throws ArgumentTypeError, ValueError for wrong options.
   */
  stats(options: PoolStatsOptions = {}): PoolStats {
    const window = checkPoolStatsOptions(options);
    const unfinished = [...this.#link.unfinished];
    const running = unfinished.filter((call) => call.running()).length;
    return this.#link.activity.stats(window, unfinished.length - running, running);
  }

  override shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    this.endRetryWaits(cancelFutures);
    if (cancelFutures) this.#link.cancelAll();
    this.#closed ??= this.#link.idle().then(() => this.#link.close());
    return wait ? this.#closed : Promise.resolve();
  }

  #cancel(call: Call<unknown>, { force = false, reason }: CancelOptions): boolean {
    if (call.running() && !force) return false;
    call.setCancelled(reason);
    this.#link.stop(call);
    return true;
  }
}

/** How many rows of an asynchronous input are read ahead: a few chunks. */
function readAhead(chunksize = 64): number {
  return Math.max(4 * chunksize, 256);
}

/** What a function gives, or throws, each time it is asked. */
function outcomeOf<V>(ask: () => V): () => V {
  try {
    const value = ask();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function refuseToTravel(): never {
  throw new SerializationError(
    "A DistributedExecutor cannot be sent: its connection is here. Make one in the module of the function that uses it, with the same options.",
  );
}
