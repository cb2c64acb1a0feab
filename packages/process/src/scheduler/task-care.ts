import type { FunctionEntry } from "./function-entry.ts";
import type { Stops } from "./stops.ts";
import type { Tally, TaskEnd } from "./tally.ts";
import type { Task } from "./task.ts";
import type { TaskKeeper } from "./work.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What the care of single tasks needs around it. */
export interface TaskCareOptions {
  readonly queue: () => WorkQueue;
  readonly tally: Tally;
  readonly stops: Stops;
  readonly release: (entry: FunctionEntry) => void;
  /** A task has ended. */
  readonly ended: () => void;
}

/** The arguments of a task that needs them no more. */
const none: readonly unknown[] = [];

/** The single tasks on their way: how each ends, once, and what that means for the accounts. */
export class TaskCare implements TaskKeeper {
  readonly #options: TaskCareOptions;

  constructor(options: TaskCareOptions) {
    this.#options = options;
  }

  /** A new task, to be queued. */
  add(task: Task): void {
    const { queue, tally } = this.#options;
    task.entry.users++;
    tally.queuedTasks++;
    tally.unfinishedTasks++;
    queue().add(task);
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
    task.loan = undefined;
    this.#options.tally.queuedTasks++;
    this.#options.queue().addFirst(task);
  }

  /** The accounts of a task that ends; false when its future has its outcome already, as one that was stopped. */
  #close(task: Task, how: TaskEnd): boolean {
    if (task.done()) return false;
    const { tally, stops, release, ended } = this.#options;
    tally.unfinishedTasks--;
    release(task.entry);
    // A call with retries may be queued again, with the arguments of its first attempt.
    if (task.options?.retries === undefined) task.args = none;
    ended();
    const stopped = stops.ended(task);
    tally.end(!stopped ? how : task.cancelled() ? "cancelled" : "failed");
    return !stopped;
  }
}
