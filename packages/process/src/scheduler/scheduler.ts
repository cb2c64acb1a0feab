import { AsyncResource } from "node:async_hooks";
import {
  type AnyFunction,
  BrokenProcessPool,
  type CallOptions,
  type CancelOptions,
  type Future,
  type FutureOwner,
  type Rows,
  RuntimeError,
} from "@concurrent-futures/core";
import { provideAsyncContext } from "@concurrent-futures/core/async-context";
import { nextPoolNumber } from "@concurrent-futures/core/channels";
import { checkPoolStatsOptions, type PoolStats } from "@concurrent-futures/core/pool-stats";
import { onProcessExit } from "@concurrent-futures/core/process-exit";
import { assertBootstrapped, isBootstrapping } from "../bootstrapping.ts";
import type { CheckedMessage } from "../host/check-message.ts";
import type { HostDeath } from "../host/worker-host.ts";
import { readError } from "../read-error.ts";
import { noteSent } from "../repeated-sends.ts";
import { beginNoting, endNoting, type SharedContent } from "../shared-content.ts";
import type { NestedOptions } from "../wire.ts";
import { CallSites } from "./call-sites.ts";
import { CarriedCalls } from "./carried.ts";
import type { LostWork } from "./collect-results.ts";
import { Dispatcher } from "./dispatcher.ts";
import { initializerFailed, poolTerminated, resultLostError, taskDied } from "./faults.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { type FunctionDescription, FunctionRegistry } from "./function-registry.ts";
import { checkPoolTransition, type PoolState } from "./lifecycle.ts";
import { MapInput } from "./map-input.ts";
import { type JobOptions, MapJob } from "./map-job.ts";
import { MapRegistry } from "./map-registry.ts";
import { NestedCalls } from "./nested-calls.ts";
import { type PackedArguments, packArguments } from "./pack-arguments.ts";
import { PoolMetrics } from "./pool-metrics.ts";
import { PoolShares } from "./pool-shares.ts";
import { StopRequests } from "./stop-requests.ts";
import { Task } from "./task.ts";
import { TaskLifecycle } from "./task-lifecycle.ts";
import { WorkQueue } from "./work-queue.ts";
import { WorkerActivity } from "./worker-activity.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";

/** What a scheduler is made of. */
export interface SchedulerOptions extends WorkerPoolOptions {
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly maxTasksPerWorker: number | undefined;
}

/** Whoever waits for it runs in the next microtask, at a quarter of what Node's queueMicrotask() costs (0.1 us). */
const tick: Promise<void> = Promise.resolve();

/**
 * Who runs what, and when. The one scheduler under `ProcessPoolExecutor` and `Pool`:
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
export class Scheduler implements FutureOwner {
  readonly options: SchedulerOptions;
  readonly #workerPool: WorkerPool;
  readonly #metrics: PoolMetrics = new PoolMetrics();
  readonly #stopRequests: StopRequests = new StopRequests(
    (handle) => this.#workerPool.endNow(handle, "terminate"),
    (handle, id, index) => this.#nested.abandoned(handle, id, index),
  );
  readonly #pool: number = nextPoolNumber();
  readonly #activity: WorkerActivity = new WorkerActivity(this.#pool);
  readonly #queue: WorkQueue;
  readonly #dispatcher: Dispatcher;
  readonly #functions: FunctionRegistry;
  readonly #carried: CarriedCalls;
  readonly #shares: PoolShares;
  readonly #nested: NestedCalls = new NestedCalls(this);
  readonly #maps: MapRegistry;
  readonly #tasks: TaskLifecycle = new TaskLifecycle({
    queue: () => this.#queue,
    metrics: this.#metrics,
    stopRequests: this.#stopRequests,
    release: (entry) => this.#release(entry),
    shares: () => this.#shares,
    ended: () => {
      if (this.#state !== "open") this.#flushSoon();
    },
  });
  readonly #sites: CallSites = new CallSites();
  readonly #whenGone: (() => void)[] = [];
  #state: PoolState = "open";
  #broken: BrokenProcessPool | undefined;
  #flushing = false;
  readonly #flushDue = (): void => {
    if (this.#flushing) this.#flush();
  };
  // Ended by force, by this method: what was on its way to a worker fails with it, and is not run by another.
  #terminatedBy: string | undefined;

  constructor(options: SchedulerOptions) {
    const { initializer, initargs, maxWorkers } = options;
    this.options = options;
    this.#functions = new FunctionRegistry(options.kind.name);
    this.#carried = new CarriedCalls(this.#functions);
    onProcessExit.watch();
    provideAsyncContext(() => new AsyncResource("ConcurrentFuturesCallback"));
    this.#queue = new WorkQueue(maxWorkers, this.#tasks);
    // Described now: an initializer that cannot travel is refused where it is given.
    const before = beginNoting();
    const entry = initializer && this.#functions.entryOf(initializer);
    const first = entry && {
      name: entry.name,
      ref: entry.ref,
      args: packArguments(initargs, undefined, options.kind.name)?.args ?? initargs,
    };
    const shared = endNoting(before) ?? [];
    this.#workerPool = new WorkerPool(options, first, this.#activity, {
      message: (handle, message) => this.#receive(handle, message),
      died: (handle, death, lostWork, broken) => this.#died(handle, death, lostWork, broken),
      starting: (handle) => this.#shares.send(handle, shared),
    });
    this.#shares = new PoolShares(this.#workerPool.handles);
    this.#shares.use(shared);
    this.#maps = new MapRegistry({
      queue: this.#queue,
      workerPool: this.#workerPool,
      metrics: this.#metrics,
      changed: () => this.#flushSoon(),
      release: (entry) => this.#release(entry),
      shares: this.#shares,
      pool: this.#pool,
    });
    this.#dispatcher = new Dispatcher(
      this.#queue,
      this.#workerPool,
      this.#metrics,
      this.#activity,
      this.#shares,
      options.maxTasksPerWorker,
    );
    this.#activity.opened(options.kind.name, maxWorkers, (given = {}) =>
      this.stats(checkPoolStatsOptions(given)),
    );
  }

  /** @throws BrokenProcessPool, RuntimeError when nothing can be submitted any more, or by a module that a worker imports */
  checkOpen(): void {
    if (this.#broken !== undefined) throw this.#brokenError();
    if (this.#state !== "open") throw new RuntimeError("cannot schedule new futures after shutdown");
    if (onProcessExit.exiting)
      throw new RuntimeError("cannot schedule new futures after interpreter shutdown");
    assertBootstrapped("a worker");
  }

  /** Queues one call. Frames above `above` are not shown in its errors. */
  submit(fn: AnyFunction, args: readonly unknown[], options: CallOptions | undefined, above: Function): Task {
    this.checkOpen();
    const before = beginNoting();
    let entry: FunctionEntry;
    let packed: PackedArguments | undefined;
    let shared: readonly SharedContent[] | undefined;
    try {
      entry = this.#functions.entryOf(fn);
      packed = packArguments(args, options?.transfer, this.options.kind.name);
    } finally {
      shared = endNoting(before);
    }
    const { now } = this.#metrics;
    const task = new Task(this, entry, packed?.args ?? args, options, this.#sites.capture(above, now), now);
    task.transfer = packed?.transfer;
    task.carried = this.#carried.capture();
    task.shared = shared;
    for (const value of args) noteSent(value);
    this.#tasks.add(task);
    this.#flushSoon();
    return task;
  }

  /** Queues another attempt of a call that has failed, with the function and arguments as they were at its submit. */
  retry(failed: Task, options: CallOptions): Task {
    this.checkOpen();
    const task = new Task(this, failed.entry, failed.args, options, failed.site, this.#metrics.now);
    task.carried = failed.carried;
    task.shared = failed.shared;
    this.#tasks.add(task);
    this.#flushSoon();
    return task;
  }

  /**
   * Queues a call that a task has submitted, as it came from its worker. Before all others: so the memory that waiting calls take
   * grows with the depth of the recursion, not with its breadth. A pool that is shutting down takes those of its `own` tasks.
   */
  submitNested(
    description: FunctionDescription,
    args: readonly unknown[],
    options: NestedOptions | undefined,
    own: boolean,
  ): Task {
    if (!own || this.#state !== "draining" || this.#terminatedBy !== undefined) this.checkOpen();
    const entry = this.#functions.entryOfDescription(description);
    const task = new Task(this, entry, args, options, undefined, this.#metrics.now);
    task.nested = true;
    this.#tasks.add(task, true);
    this.#flushSoon();
    return task;
  }

  /** Lets the loop turn: a worker's places may have changed. */
  wake(): void {
    this.#flushSoon();
  }

  /** Queues a call for each row; at most `window` rows are read ahead of the reader. */
  map(fn: AnyFunction, rows: Rows, window: number, options: JobOptions, above: Function): MapJob {
    this.checkOpen();
    const before = beginNoting();
    let entry: FunctionEntry;
    let shared: readonly SharedContent[] | undefined;
    try {
      entry = this.#functions.entryOf(fn);
    } finally {
      shared = endNoting(before);
    }
    const input = new MapInput(rows, window, this.options.kind.name);
    entry.users++;
    const origin = {
      site: this.#sites.capture(above, this.#metrics.now),
      carried: this.#carried.capture(),
    };
    const job = new MapJob(entry, input, options, origin, this.#maps);
    job.use(shared);
    this.#maps.add(job);
    return job;
  }

  /** Starts all workers now; in a worker that is importing a module, they start with the first call. */
  start(): void {
    if (isBootstrapping()) return;
    while (!this.#workerPool.full) this.#workerPool.start();
  }

  /** No more work; what there is is done, unless it is cancelled. Resolves when the workers are gone. */
  shutdown(wait: boolean, cancelFutures: boolean): Promise<void> {
    if (this.#state === "open") this.#state = checkPoolTransition(this.#state, "draining");
    if (cancelFutures) this.#cancelQueued();
    this.#flushSoon();
    if (!wait || this.#gone) return Promise.resolve();
    return new Promise((resolve) => this.#whenGone.push(resolve));
  }

  /** Ends all workers, whatever they do: what runs fails with BrokenProcessPool that names `by`, what waits is cancelled. */
  terminate(how: "terminate" | "kill", by: string): void {
    if (this.#state === "open") this.#state = checkPoolTransition(this.#state, "draining");
    this.#terminatedBy ??= by;
    this.#cancelQueued();
    for (const handle of [...this.#workerPool.handles]) this.#workerPool.endNow(handle, how);
  }

  /** What the finalizers returned, when all workers are gone for good. */
  async exitResults(): Promise<unknown[]> {
    if (this.#state === "open" || !this.#gone)
      await new Promise<void>((resolve) => this.#whenGone.push(resolve));
    return this.#workerPool.exitResults.toArray();
  }

  get hasWorkers(): boolean {
    return this.#workerPool.handles.length > 0;
  }

  stats(window?: number): PoolStats {
    let running = 0;
    let pending = this.#metrics.queuedTasks;
    for (const handle of this.#workerPool.handles) {
      const states = handle.countStates();
      running += states.running;
      pending += states.pending;
    }
    pending += this.#maps.pending;
    return {
      pool: this.#pool,
      workers: this.#workerPool.activeCount,
      pending,
      running,
      ...this.#metrics.outcomeCounts,
      ...this.#metrics.times,
      shared: this.#shares.stats(),
      ...this.#activity.metrics.stats(window, performance.now()),
    };
  }

  // What futures ask --------------------------------------------------------------------------------------------------

  cancel(future: Future<unknown>, { force = false, reason }: CancelOptions): boolean {
    const task = future as Task;
    if (task.dispatched !== undefined && !task.dispatched.handle.revoke(task.dispatched, task.index))
      return force && this.#stopRequests.cancel(task, reason);
    // It stays in the queue until its turn comes: taking it out would make cancelling all of them quadratic.
    if (task.dispatched === undefined) this.#metrics.queuedTasks--;
    this.#tasks.cancelled(task, reason);
    return true;
  }

  isRunning(future: Future<unknown>): boolean {
    const { dispatched, index } = future as Task;
    return dispatched?.handle.isRunning(dispatched, index) ?? false;
  }

  waitSync(future: Future<unknown>, timeout: number | undefined): void {
    this.blockUntil(() => future.done(), timeout);
  }

  /** Blocks this thread until the condition holds or the milliseconds are over. */
  blockUntil(condition: () => boolean, timeout: number | undefined): void {
    this.#flush();
    this.#workerPool.blockUntil(() => {
      if (this.#flushing) this.#flush();
      return condition();
    }, timeout);
  }

  // The loop ----------------------------------------------------------------------------------------------------------

  get #unfinished(): boolean {
    return this.#metrics.unfinishedTasks > 0 || this.#maps.hasActive;
  }

  get #gone(): boolean {
    return this.#workerPool.handles.length === 0 && !this.#unfinished;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    void tick.then(this.#flushDue);
  }

  #flush(): void {
    this.#flushing = false;
    this.#metrics.nextTurn();
    if (this.#broken === undefined) this.#dispatcher.fill();
    if (this.#unfinished) return;
    this.#sites.forgetSoon();
    if (this.#state !== "open") this.#leave();
  }

  #receive(handle: WorkerHandle, message: CheckedMessage): void {
    switch (message.kind) {
      case "up":
      case "dying":
      case "initialized":
      case "leaving":
      case "left":
        break;
      case "results": {
        const { values, microseconds } = message;
        this.#activity.results(handle, message);
        if (values.length > 0) this.#metrics.recordRun(microseconds / values.length, values.length);
        if (handle.settle(message)) this.#workerPool.becameIdle(handle);
        break;
      }
      case "detached":
        handle.detach(message);
        break;
      case "ended": {
        const call = handle.end(message);
        if (call === undefined) break;
        this.#activity.ended(handle, call, message);
        this.#metrics.recordRun(message.microseconds, 1);
        if (handle.idle) this.#workerPool.becameIdle(handle);
        break;
      }
      case "nested-submit":
        this.#nested.submit(handle, message);
        break;
      case "nested-cancel":
        this.#nested.cancel(handle, message);
        break;
      case "began": {
        const task = handle.taskOf(message.id, message.index);
        if (task !== undefined) this.#stopRequests.began(task);
        break;
      }
      case "progress":
        handle.progress.note(message, handle.dispatched, handle.detached);
        break;
      case "init-failed":
        this.#break(initializerFailed(readError(message.error)));
        break;
    }
    this.#flushSoon();
  }

  #died(
    handle: WorkerHandle,
    death: HostDeath,
    { running, resultLost, notStarted }: LostWork,
    broken: BrokenProcessPool | undefined,
  ): void {
    handle.progress.clear();
    this.#nested.died(handle);
    for (const [{ batch }, index] of resultLost) {
      const error = resultLostError(handle, death, batch.callName(index));
      this.#activity.failed(handle.workerId, batch, index, error);
      batch.fail(index, error);
      batch.resultsDelivered();
    }
    const lost = [...running];
    for (const [dispatched, indexes] of [...notStarted].reverse()) {
      if (this.#terminatedBy !== undefined) for (const index of indexes) lost.push([dispatched, index]);
      else dispatched.batch.requeue(indexes);
    }
    for (const [{ batch }, index] of lost) {
      const name = batch.callName(index);
      const by = this.#terminatedBy;
      const error =
        by === undefined ? taskDied(handle, death, name) : poolTerminated(handle, death, name, by);
      this.#activity.failed(handle.workerId, batch, index, error);
      batch.fail(index, error);
      batch.resultsDelivered();
    }
    if (broken !== undefined) this.#break(broken);
    this.#flushSoon();
  }

  #break(error: BrokenProcessPool): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    this.#activity.closed("broken", error);
    this.#state = checkPoolTransition(this.#state, "broken");
    for (const handle of [...this.#workerPool.handles]) {
      for (const [{ batch }, index] of handle.abandonAll()) batch.fail(index, this.#brokenError());
      this.#workerPool.endNow(handle, "terminate");
    }
    for (const task of this.#queue.takeTasks()) {
      this.#metrics.queuedTasks--;
      this.#tasks.failed(task, this.#brokenError());
    }
    this.#maps.breakAll(() => this.#brokenError());
  }

  /** One error for each who meets it: a shared one would collect everybody's changes. */
  #brokenError(): BrokenProcessPool {
    const { message, cause, worker } = this.#broken as BrokenProcessPool;
    return new BrokenProcessPool(message, { cause, ...(worker && { worker }) });
  }

  #cancelQueued(): void {
    for (const handle of this.#workerPool.handles) handle.steal(Number.POSITIVE_INFINITY);
    for (const task of this.#queue.takeTasks()) this.cancel(task, {});
    this.#maps.cancelAll();
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
    if (this.#state === "draining") {
      this.#state = checkPoolTransition(this.#state, "closed");
      this.#activity.closed("shutdown", undefined);
    }
    for (const resolve of this.#whenGone.splice(0)) resolve();
  }
}
