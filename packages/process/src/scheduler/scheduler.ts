import { AsyncResource } from "node:async_hooks";
import type { AnyFunction, BrokenProcessPool, CallOptions, Rows } from "@concurrent-futures/core";
import { provideAsyncContext } from "@concurrent-futures/core/async-context";
import { nextPoolNumber } from "@concurrent-futures/core/channels";
import { checkPoolStatsOptions, type PoolStats } from "@concurrent-futures/core/pool-stats";
import { onProcessExit } from "@concurrent-futures/core/process-exit";
import { isBootstrapping } from "../bootstrapping.ts";
import type { HostDeath } from "../host/worker-host.ts";
import { readError } from "../read-error.ts";
import { requireNode } from "../supported-runtime.ts";
import type { NestedOptions } from "../wire-nested.ts";
import { callStats } from "./call-stats.ts";
import type { LostWork } from "./collect-results.ts";
import { Dispatcher } from "./dispatcher.ts";
import { initializerFailed } from "./faults.ts";
import type { FunctionEntry } from "./function-entry.ts";
import type { FunctionDescription } from "./function-registry.ts";
import { PoolLifecycle } from "./lifecycle.ts";
import { type AllWork, cancelQueued, failAllWork, settleLostWork } from "./lost-work.ts";
import type { JobOptions } from "./map-job.ts";
import type { MapReader } from "./map-reader.ts";
import { MapRegistry } from "./map-registry.ts";
import { NestedCalls } from "./nested-calls.ts";
import { Outgoing } from "./outgoing.ts";
import { PoolMetrics } from "./pool-metrics.ts";
import { PoolShares } from "./pool-shares.ts";
import { StopRequests } from "./stop-requests.ts";
import { Submitter } from "./submitter.ts";
import type { Task } from "./task.ts";
import { TaskLifecycle } from "./task-lifecycle.ts";
import { WorkQueue } from "./work-queue.ts";
import { WorkerActivity } from "./worker-activity.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import { WorkerMessages } from "./worker-messages.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { SchedulerOptions } from "./worker-pool-options.ts";

/** Code that awaits it runs in the next microtask, at a quarter of what Node's queueMicrotask() costs (0.1 us). */
const tick: Promise<void> = Promise.resolve();

/**
 * Assigns calls to workers. The one scheduler under `ProcessPoolExecutor` and `Pool`:
 *
 *     submit, map                      a Task or a MapJob, in the queue by priority
 *       └ fill: queue -> worker        a batch for a worker, a slot per call     ; idle workers first, then one ahead
 *           └ host.post ... worker ... host.message
 *       ┌ settle: results -> futures   measure the calls; what has become free is filled again
 *       │   └ nothing queued?          steal from a busy worker what has not begun
 *     result
 *
 * Its loop, run once per turn of the event loop and after each message: fill, settle, broken?, shutting down?
 */
export class Scheduler {
  readonly options: SchedulerOptions;
  readonly #pool: number = nextPoolNumber();
  readonly #metrics: PoolMetrics = new PoolMetrics();
  readonly #outgoing: Outgoing = new Outgoing();
  readonly #activity: WorkerActivity = new WorkerActivity(this.#pool, this.#outgoing);
  readonly #nested: NestedCalls = new NestedCalls(this, this.#activity);
  readonly #stopRequests: StopRequests = new StopRequests(
    (handle) => this.#workerPool.endNow(handle, "terminate"),
    (handle, id, index) => this.#nested.abandoned(handle, id, index),
  );
  readonly #submitter: Submitter;
  readonly #workerPool: WorkerPool;
  readonly #shares: PoolShares;
  readonly #tasks: TaskLifecycle;
  readonly #maps: MapRegistry;
  readonly #work: AllWork;
  readonly #dispatcher: Dispatcher;
  readonly #lifecycle: PoolLifecycle = new PoolLifecycle();
  readonly #whenGone: (() => void)[] = [];
  #flushing = false;
  readonly #flushDue = (): void => {
    if (this.#flushing) this.#flush();
  };

  constructor(options: SchedulerOptions) {
    requireNode("A pool of workers");
    const { kind, initializer, initargs, maxWorkers, maxTasksPerWorker } = options;
    this.options = options;
    onProcessExit.watch();
    provideAsyncContext(() => new AsyncResource("ConcurrentFuturesCallback"));
    const metrics = this.#metrics;
    const activity = this.#activity;
    const stopRequests = this.#stopRequests;
    const release = (entry: FunctionEntry): void => this.#release(entry);
    const changed = (): void => this.wake();
    this.#submitter = new Submitter(kind.name, metrics, this.#outgoing);
    const [first, shared] = (initializer && this.#submitter.initializer(initializer, initargs)) ?? [
      undefined,
      [],
    ];
    const queue = new WorkQueue(maxWorkers);
    const workerPool = new WorkerPool(options, first, activity, {
      message: (handle, message) => messages.receive(handle, message),
      died: (handle, death, lostWork, broken) => this.#died(handle, death, lostWork, broken),
      starting: (handle) => shares.send(handle, shared),
      ended: () => metrics.ended,
      isOpen: () => this.#lifecycle.isOpen,
      mayStart: changed,
    });
    const shares = new PoolShares(workerPool.handles);
    shares.use(shared);
    const tasks = new TaskLifecycle({
      ...{ queue, metrics, stopRequests, shares, release },
      ended: () => {
        if (!this.#lifecycle.isOpen) this.wake();
      },
      blockUntil: (condition, timeout) => this.blockUntil(condition, timeout),
    });
    const messages = new WorkerMessages({
      ...{ workerPool, metrics, activity, stopRequests, changed },
      nested: this.#nested,
      initFailed: (error) => this.#break(initializerFailed(readError(error))),
    });
    this.#workerPool = workerPool;
    this.#shares = shares;
    this.#tasks = tasks;
    this.#maps = new MapRegistry({ queue, workerPool, metrics, changed, release, shares, pool: this.#pool });
    this.#work = { queue, workerPool, tasks, metrics, maps: this.#maps };
    this.#dispatcher = new Dispatcher({
      ...{ queue, workerPool, tasks, metrics, activity, shares, maxTasksPerWorker },
    });
    activity.opened(kind.name, maxWorkers, (given = {}) => this.stats(checkPoolStatsOptions(given)));
  }

  /** @throws BrokenProcessPool, RuntimeError when nothing can be submitted any more, or by a module that a worker imports */
  checkOpen(): void {
    this.#lifecycle.checkOpen();
  }

  /** Queues one call. Frames above `above` are not shown in its errors. */
  submit(fn: AnyFunction, args: readonly unknown[], options: CallOptions | undefined, above: Function): Task {
    this.checkOpen();
    const task = this.#submitter.submit(fn, args, options, above, this.#tasks);
    this.wake();
    return task;
  }

  /** Queues another attempt of a call that has failed, with the function and arguments as they were at its submit. */
  retry(failed: Task, options: CallOptions): Task {
    this.checkOpen();
    const task = this.#submitter.retry(failed, options, this.#tasks);
    this.wake();
    return task;
  }

  /**
   * Queues a call that a task has submitted, as it came from its worker. A pool that is shutting down takes those of its `own`
   * tasks.
   */
  submitNested(
    description: FunctionDescription,
    args: readonly unknown[],
    options: NestedOptions | undefined,
    carried: readonly (readonly [FunctionDescription, string])[] | undefined,
    own: boolean,
  ): Task {
    this.#lifecycle.checkTakes(own);
    const task = this.#submitter.submitNested(description, args, options, carried, this.#tasks);
    this.wake();
    return task;
  }

  /** Queues a call for each row; at most `window` rows are read ahead of the reader. */
  map(fn: AnyFunction, rows: Rows, window: number, options: JobOptions, above: Function): MapReader {
    this.checkOpen();
    return this.#submitter.map(fn, rows, window, options, above, this.#maps);
  }

  /** Starts all workers, those beyond the processors as soon as the first are up; in a worker that is importing a module, they start with the first call. */
  start(): void {
    if (!isBootstrapping()) this.#workerPool.startAll();
  }

  /** No more calls; maps go on as far as they are read. */
  close(): void {
    this.#lifecycle.drain();
    this.wake();
  }

  /** No more work; what has been read of the inputs is done, unless it is cancelled. Resolves when the workers are gone. */
  shutdown(wait: boolean, cancelFutures: boolean): Promise<void> {
    this.close();
    if (cancelFutures) cancelQueued(this.#work);
    this.#maps.stopInputs();
    return wait ? this.#whenAllGone() : Promise.resolve();
  }

  /** Resolves when all is done and the workers are gone: maps no longer wait for their readers. */
  join(): Promise<void> {
    this.close();
    this.#maps.readAhead();
    return this.#whenAllGone();
  }

  async #whenAllGone(): Promise<void> {
    if (!this.#gone || this.#lifecycle.isOpen)
      await new Promise<void>((resolve) => this.#whenGone.push(resolve));
  }

  /** Ends all workers, whatever they do: what runs fails with BrokenProcessPool that names `by`, what waits is cancelled. */
  terminate(how: "terminate" | "kill", by: string): void {
    this.#lifecycle.terminate(by);
    cancelQueued(this.#work);
    for (const handle of [...this.#workerPool.handles]) this.#workerPool.endNow(handle, how);
  }

  /** What the finalizers returned, when all workers are gone for good. */
  async exitResults(): Promise<unknown[]> {
    await this.#whenAllGone();
    return this.#workerPool.exitResults.toArray();
  }

  stats(window?: number): PoolStats {
    const { described } = this.#submitter;
    return {
      pool: this.#pool,
      ...callStats(this.#work),
      shared: this.#shares.stats(),
      sentAgain: this.#outgoing.sentAgain,
      ...(described && { described }),
      ...this.#activity.metrics.stats(window, performance.now()),
    };
  }

  /** Blocks this thread until the condition holds or the milliseconds are over. */
  blockUntil(condition: () => boolean, timeout: number | undefined): void {
    this.#flush();
    this.#workerPool.blockUntil(() => {
      if (this.#flushing) this.#flush();
      return condition();
    }, timeout);
  }

  get #unfinished(): boolean {
    return this.#metrics.unfinishedTasks > 0 || this.#maps.hasActive;
  }

  get #gone(): boolean {
    return this.#workerPool.handles.length === 0 && !this.#unfinished;
  }

  /** Lets the loop turn soon. */
  wake(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    void tick.then(this.#flushDue);
  }

  #flush(): void {
    this.#flushing = false;
    this.#metrics.nextTurn();
    if (!this.#lifecycle.isBroken) this.#dispatcher.fill();
    if (this.#nested.inUse) this.#nested.offer(this.#dispatcher.freePlaces);
    if (this.#unfinished) return;
    this.#submitter.forgetSoon();
    if (!this.#lifecycle.isOpen) this.#leave();
  }

  #died(
    handle: WorkerHandle,
    death: HostDeath,
    lostWork: LostWork,
    broken: BrokenProcessPool | undefined,
  ): void {
    handle.progress.clear();
    this.#nested.died(handle);
    settleLostWork(handle, death, lostWork, this.#lifecycle.terminatedBy, this.#activity);
    if (broken !== undefined) this.#break(broken);
    this.wake();
  }

  #break(error: BrokenProcessPool): void {
    const lifecycle = this.#lifecycle;
    if (lifecycle.isBroken) return;
    lifecycle.break(error);
    this.#activity.closed("broken", error);
    failAllWork(this.#work, () => lifecycle.brokenError());
  }

  #release(entry: FunctionEntry): void {
    entry.users--;
    if (entry.transient && entry.users === 0)
      for (const handle of this.#workerPool.handles) handle.forget(entry);
  }

  /** All is done: the workers may go, and who waits for that is told when they are gone. */
  #leave(): void {
    for (const handle of [...this.#workerPool.handles]) if (handle.idle) this.#workerPool.retire(handle);
    if (!this.#gone) return;
    this.#shares.close();
    if (this.#lifecycle.isDraining) {
      this.#lifecycle.close();
      this.#activity.closed("shutdown", undefined);
    }
    for (const resolve of this.#whenGone.splice(0)) resolve();
  }
}
