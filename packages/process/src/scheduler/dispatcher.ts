import { type Batch, TaskBatch } from "./batch.ts";
import { largestBatch } from "./batch-size.ts";
import { uncloneable } from "./decode-result.ts";
import type { PoolMetrics } from "./pool-metrics.ts";
import type { PoolShares } from "./pool-shares.ts";
import { ResultPoll } from "./result-poll.ts";
import type { Task } from "./task.ts";
import type { TaskLifecycle } from "./task-lifecycle.ts";
import type { WorkQueue } from "./work-queue.ts";
import type { WorkerActivity } from "./worker-activity.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What the dispatcher works on. */
export interface DispatcherOptions {
  readonly queue: WorkQueue;
  readonly workerPool: WorkerPool;
  readonly tasks: TaskLifecycle;
  readonly metrics: PoolMetrics;
  readonly activity: WorkerActivity;
  readonly shares: PoolShares;
  /** How many calls a worker gets before it is replaced. */
  readonly maxTasksPerWorker: number | undefined;
}

/** Brings what is queued to the workers. */
export class Dispatcher {
  readonly #queue: WorkQueue;
  readonly #workerPool: WorkerPool;
  readonly #tasks: TaskLifecycle;
  readonly #metrics: PoolMetrics;
  readonly #activity: WorkerActivity;
  readonly #shares: PoolShares;
  readonly #resultPoll: ResultPoll;
  readonly #maxTasksPerWorker: number;

  constructor(options: DispatcherOptions) {
    this.#queue = options.queue;
    this.#workerPool = options.workerPool;
    this.#tasks = options.tasks;
    this.#resultPoll = new ResultPoll(options.workerPool.handles);
    this.#metrics = options.metrics;
    this.#activity = options.activity;
    this.#shares = options.shares;
    this.#maxTasksPerWorker = options.maxTasksPerWorker ?? Number.POSITIVE_INFINITY;
  }

  /** Dispatches to idle workers first, then to new ones, then a second batch to each, so that none waits for us. */
  fill(): void {
    const { handles } = this.#workerPool;
    this.#dispatchTo(handles, 0);
    // A kind of worker that takes nothing before it is up: one is started for each call that waits, and no more.
    while (!this.#workerPool.full && this.#workerPool.startingIdle < this.#queue.waiting)
      this.#dispatchTo([this.#workerPool.start()], 0);
    // A worker that is about to be up begins at once what another would have to wait with.
    if (this.#workerPool.startingIdle === 0) this.#dispatchTo(handles, 1);
    if (this.#queue.empty)
      for (const handle of handles)
        if (handle.hasPlace && handle.acceptsWork(0) && !this.#stealFromBusiest()) return;
  }

  /** How many calls would begin at once, if there were any. */
  get freePlaces(): number {
    if (!this.#queue.empty) return 0;
    let count = this.#workerPool.unstarted;
    for (const handle of this.#workerPool.handles) if (handle.hasPlace && handle.acceptsWork(0)) count++;
    return count;
  }

  #dispatchTo(handles: readonly WorkerHandle[], ahead: number): void {
    for (const handle of handles) {
      while (handle.acceptsWork(ahead)) {
        const batch = this.#queue.draw(
          Math.min(handle.freeSlots, largestBatch, this.#maxTasksPerWorker - handle.sentCount),
          handle,
          this.#tasks,
        );
        if (batch === undefined) break;
        this.#dispatch(batch, handle);
        if (handle.sentCount >= this.#maxTasksPerWorker) handle.state = "retiring";
      }
    }
  }

  #dispatch(batch: Batch, handle: WorkerHandle): void {
    handle.stopTimer?.();
    if (batch instanceof TaskBatch) this.#metrics.queuedTasks -= batch.count;
    try {
      const { shared } = batch;
      if (shared !== undefined) this.#shares.send(handle, shared);
      const began = this.#activity.sending();
      const dispatched = handle.dispatch(batch);
      this.#activity.dispatched(handle, dispatched, began);
      if (batch.count > 1) this.#resultPoll.start();
      if (!(batch instanceof TaskBatch)) return;
      this.#metrics.recordWait((batch.tasks[0] as Task).submitted, batch.count);
      batch.tasks.forEach((task, index) => {
        task.dispatched = dispatched;
        task.index = index;
      });
    } catch (error) {
      // Structured clone refused the message: each call is tried alone, and the one that is at fault fails.
      if (batch.count === 1) {
        batch.fail(0, uncloneable(error, batch.callName(0)));
        batch.resultsDelivered();
        return;
      }
      for (const entry of batch.functions) entry.cost = Number.POSITIVE_INFINITY;
      batch.requeue(Array.from({ length: batch.count }, (_, index) => index));
    }
  }

  /**
   * A worker has nothing to do and nothing is queued: half of what waits behind the busiest is queued again for it. Of the busiest all
   * that waits may have been taken already, which it says when it comes to it: then of the next.
   */
  #stealFromBusiest(): boolean {
    const { handles } = this.#workerPool;
    const busy = handles.filter(({ unanswered }) => unanswered > 1);
    busy.sort((a, b) => b.unanswered - a.unanswered);
    if (!busy.some((handle) => handle.steal(Math.ceil(handle.unanswered / 2)) > 0)) return false;
    this.#dispatchTo(handles, 0);
    return true;
  }
}
