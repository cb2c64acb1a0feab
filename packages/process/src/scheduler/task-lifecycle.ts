import type { CancelOptions, Future, FutureOwner } from "@concurrent-futures/core";
import type { TaskEvents } from "./batch.ts";
import type { FunctionEntry } from "./function-entry.ts";
import type { PoolMetrics, TaskOutcome } from "./pool-metrics.ts";
import type { PoolShares } from "./pool-shares.ts";
import type { StopRequests } from "./stop-requests.ts";
import type { Task } from "./task.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What the lifecycle of single tasks needs around it. */
export interface TaskLifecycleOptions {
  readonly queue: WorkQueue;
  readonly metrics: PoolMetrics;
  readonly stopRequests: StopRequests;
  readonly shares: PoolShares;
  readonly release: (entry: FunctionEntry) => void;
  /** A task has ended. */
  readonly ended: () => void;
  /** Blocks this thread until the condition holds or the milliseconds are over. */
  readonly blockUntil: (condition: () => boolean, timeout: number | undefined) => void;
}

/** The arguments of a task that needs them no more. */
const none: readonly unknown[] = [];

/** The single tasks of a pool: how each begins, is cancelled and ends, once, and what that means for the metrics. */
export class TaskLifecycle implements TaskEvents, FutureOwner {
  readonly #options: TaskLifecycleOptions;

  constructor(options: TaskLifecycleOptions) {
    this.#options = options;
  }

  /** A new task, to be queued. */
  add(task: Task, first = false): void {
    const { queue, metrics, shares } = this.#options;
    task.entry.users++;
    if (task.shared !== undefined) shares.use(task.shared);
    metrics.queuedTasks++;
    metrics.unfinishedTasks++;
    if (first) queue.addFirst(task);
    else queue.add(task);
  }

  cancel(future: Future<unknown>, { force = false, reason }: CancelOptions): boolean {
    const { metrics, stopRequests } = this.#options;
    const task = future as Task;
    const { dispatched, index } = task;
    if (dispatched !== undefined && !dispatched.handle.revoke(dispatched, index))
      return force && stopRequests.cancel(task, reason);
    // It stays in the queue until its turn comes: taking it out would make cancelling all of them quadratic.
    if (dispatched === undefined) metrics.queuedTasks--;
    this.cancelled(task, reason);
    return true;
  }

  isRunning(future: Future<unknown>): boolean {
    const { dispatched, index } = future as Task;
    return dispatched?.handle.isRunning(dispatched, index) ?? false;
  }

  waitSync(future: Future<unknown>, timeout: number | undefined): void {
    this.#options.blockUntil(() => future.done(), timeout);
  }

  finished(task: Task, value: unknown): void {
    if (this.#close(task, "done")) task.setResult(value);
  }

  failed(task: Task, error: unknown): void {
    if (this.#close(task, "failed")) task.setException(error);
  }

  cancelled(task: Task, reason: unknown): void {
    if (this.#close(task, "cancelled")) task.setCancelled(reason);
  }

  requeue(task: Task): void {
    task.dispatched = undefined;
    this.#options.metrics.queuedTasks++;
    this.#options.queue.addFirst(task);
  }

  /** The metrics of a task that ends; false when its future has its outcome already, as one that was stopped. */
  #close(task: Task, how: TaskOutcome): boolean {
    if (task.done()) return false;
    const { metrics, stopRequests, release, shares, ended } = this.#options;
    metrics.unfinishedTasks--;
    release(task.entry);
    if (task.shared !== undefined) shares.release(task.shared);
    // A call with retries may be queued again, with the arguments of its first attempt.
    if (task.options?.retries === undefined) task.args = none;
    ended();
    const stopped = stopRequests.ended(task);
    metrics.recordOutcome(!stopped ? how : task.cancelled() ? "cancelled" : "failed");
    return !stopped;
  }
}
