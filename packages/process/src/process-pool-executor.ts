import { randomUUID } from "node:crypto";
import { type Medium, reduce } from "@concurrent-futures/callable";
import {
  type AnyFunction,
  type CallOptions,
  checkShutdownOptions,
  Executor,
  type Future,
  type MapOptions,
  type MapOrder,
  type MapSource,
  type Rows,
  type ShutdownOptions,
  type TaskOptions,
} from "@concurrent-futures/core";
import { refuseMore } from "@concurrent-futures/core/options";
import {
  checkPoolStatsOptions,
  type PoolStats,
  type PoolStatsOptions,
} from "@concurrent-futures/core/pool-stats";
import { hostKind } from "./host/host-kind.ts";
import { type PoolHandle, receivedExecutor } from "./nested-executor.ts";
import { checkProcessPoolOptions, type ProcessPoolOptions } from "./options.ts";
import { executorStays, handOut } from "./pool-handles.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import type { Task } from "./scheduler/task.ts";
import { travelsAs } from "./travelling-class.ts";

/** How far an async input is read ahead, per worker, when nobody says: enough for batches, little to hold. */
const asyncWindowPerWorker = 256;

/** Pools that were dropped without a shutdown: their workers finish what there is, and end. The scheduler knows no executor. */
const dropped = new FinalizationRegistry((scheduler: Scheduler) => {
  if (scheduler.stats().workers > 0) {
    process.emitWarning("A ProcessPoolExecutor was dropped without shutdown(): its workers are ended.", {
      type: "ResourceWarning",
      code: "CF_POOL_NOT_SHUT_DOWN",
      detail: "Use `await using`, or call shutdown() after the last submit.",
    });
  }
  scheduler.close();
});

/**
 * Runs calls on worker threads or processes, on all cores (Python: `concurrent.futures.ProcessPoolExecutor`): for
 * functions that compute. Functions travel by module and name, or by value with what they capture; arguments and results
 * are copied, or moved.
 *
 * Submitting in a loop is fast: calls travel together, and none waits behind a slow one while another worker is free.
 * A worker that dies costs the task that it was running (see `onWorkerCrash`).
 *
 * A task may submit to its own pool: the executor that it captures, or is given, is this one. While it awaits such calls, its
 * worker runs others, so that no recursion can starve. In Python such a task waits forever once all workers do.
 *
 * @example
 * ```ts
 * import { ProcessPoolExecutor } from "concurrent-futures";
 * import { fib } from "./fib.js";
 *
 * const executor = new ProcessPoolExecutor();
 * console.log(await executor.submit(fib, 30));
 * console.log(await executor.map(fib, [10, 20, 30]).toArray());
 * await executor.shutdown();
 * ```
 */
export class ProcessPoolExecutor<A extends readonly unknown[] = never[]> extends Executor {
  readonly #id: string = randomUUID();
  readonly #scheduler: Scheduler;

  /**
   * @param options - how many workers, or options.
   * @throws ArgumentTypeError, ValueError for wrong options; SerializationError for an initializer that cannot be sent.
   */
  constructor(options?: number | ProcessPoolOptions<A>, ...more: never[]) {
    super();
    refuseMore(
      more,
      "new ProcessPoolExecutor(maxWorkers) or new ProcessPoolExecutor({ maxWorkers, mpContext, initializer })",
    );
    const checked = checkProcessPoolOptions(options as number | ProcessPoolOptions | undefined);
    this.#scheduler = new Scheduler({
      ...checked,
      kind: hostKind(checked.mpContext),
      maxTasksPerWorker: checked.maxTasksPerChild,
      idleTimeout: checked.idleTimeout,
    });
    dropped.register(this, this.#scheduler, this);
  }

  static {
    travelsAs(ProcessPoolExecutor, import.meta.url, receivedExecutor);
    Object.defineProperty(ProcessPoolExecutor.prototype, reduce, {
      value(this: ProcessPoolExecutor, medium: Medium): PoolHandle {
        return this.#handle(medium);
      },
    });
  }

  /** What travels of it: its name. */
  #handle(medium: Medium): PoolHandle {
    if (medium === "network") throw executorStays();
    handOut(this.#id, this, this.#scheduler);
    return { pool: this.#id, medium: this.#scheduler.options.kind.name };
  }

  /** How many workers at most. */
  get maxWorkers(): number {
    return this.#scheduler.options.maxWorkers;
  }

  /**
   * What the pool is doing and has done: workers, calls by state, run and wait times, and what each worker and each function
   * took. Reading it takes microseconds; it still answers after shutdown.
   *
   * @throws ArgumentTypeError, ValueError for wrong options.
   * @example
   * ```ts
   * const { byWorker, byFunction } = executor.stats({ window: 10_000 });
   * for (const { name, calls, runTime } of byFunction) console.log(name, calls, runTime.p99);
   * ```
   */
  stats(options: PoolStatsOptions = {}): PoolStats {
    return this.#scheduler.stats(checkPoolStatsOptions(options));
  }

  override shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    dropped.unregister(this);
    this.endRetryWaits(cancelFutures);
    return this.#scheduler.shutdown(wait, cancelFutures);
  }

  /**
   * What the pool's `finalizer` returned, one entry for each worker that left by itself, in the order of the workers'
   * numbers: those that were replaced or idle too. Resolves when the pool has ended. A worker that died or was killed has
   * none, and neither has one whose finalizer threw. Python has no such thing.
   *
   * @example
   * ```ts
   * const pool = new ProcessPoolExecutor({ finalizer: () => counts });
   * await pool.map(count, words).toArray();
   * await pool.shutdown();
   * console.log(await pool.exitResults());
   * ```
   */
  exitResults(): Promise<unknown[]> {
    return this.#scheduler.exitResults();
  }

  /**
   * Ends all workers at once and shuts down: running tasks fail with BrokenProcessPool, waiting ones are cancelled.
   * Processes get SIGTERM. (Python 3.14: `terminate_workers`.)
   */
  terminateWorkers(): void {
    dropped.unregister(this);
    this.endRetryWaits(true);
    this.#scheduler.terminate("terminate", "terminateWorkers()");
  }

  /** As {@link terminateWorkers}, with SIGKILL for processes. (Python 3.14: `kill_workers`.) */
  killWorkers(): void {
    dropped.unregister(this);
    this.endRetryWaits(true);
    this.#scheduler.terminate("kill", "killWorkers()");
  }

  protected override checkOpen(): void {
    this.#scheduler.checkOpen();
  }

  protected override submitTask<R>(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions | undefined,
  ): Future<R> {
    return this.#scheduler.submit(fn, args, options, this.submit) as unknown as Future<R>;
  }

  protected override retryTask<R>(
    failed: Future<R>,
    _fn: AnyFunction,
    _args: unknown[],
    options: CallOptions,
  ): Future<R> {
    return this.#scheduler.retry(failed as unknown as Task, options) as unknown as Future<R>;
  }

  protected override mapSource<R>(
    fn: AnyFunction,
    rows: Rows,
    options: MapOptions,
    order: MapOrder,
    own: TaskOptions | undefined,
  ): MapSource<R> {
    const { timeout, chunksize, buffersize, seed } = options;
    if (this.needsFutures({}, own)) return super.mapSource(fn, rows, options, order, own);
    const unbounded =
      rows.kind === "sync" ? Number.POSITIVE_INFINITY : asyncWindowPerWorker * this.maxWorkers;
    const job = {
      order,
      timeout,
      chunksize: chunksize === "auto" ? undefined : chunksize,
      priority: own?.priority ?? 0,
      seed,
    };
    return this.#scheduler.map(fn, rows, buffersize ?? unbounded, job, this.map) as unknown as MapSource<R>;
  }
}
