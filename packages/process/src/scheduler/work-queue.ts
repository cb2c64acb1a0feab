import { PriorityQueue } from "@concurrent-futures/core/queue";
import { type Batch, TaskBatch, type TaskEvents } from "./batch.ts";
import { batchLimit, fairShare } from "./batch-size.ts";
import { MapJob } from "./map-job.ts";
import { Task } from "./task.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** What waits for a worker, by priority: single tasks, and maps that have rows to be drawn. Batches are cut here. */
export class WorkQueue {
  readonly #items: PriorityQueue<Task | MapJob> = new PriorityQueue();
  readonly #workers: number;

  constructor(workers: number) {
    this.#workers = workers;
  }

  get empty(): boolean {
    return this.#head() === undefined;
  }

  /** Calls that wait, as far as that can be told at a glance: a cancelled task counts until its turn comes. */
  get waiting(): number {
    const head = this.#head();
    return head instanceof MapJob ? head.available : this.#items.size;
  }

  add(task: Task): void {
    this.#items.push(task, task.priority);
  }

  /** Before all others: it has had its turn once, or a task waits for it. */
  addFirst(task: Task): void {
    this.#items.unshift(task, task.priority);
  }

  addJob(job: MapJob, first: boolean): void {
    job.queued = true;
    if (first) this.#items.unshift(job, job.options.priority);
    else this.#items.push(job, job.options.priority);
  }

  /** Takes all single tasks out; jobs stay. */
  takeTasks(): Task[] {
    const items = this.#items.clear();
    for (const item of items) if (item instanceof MapJob) this.#items.push(item, item.options.priority);
    return items.filter((item) => item instanceof Task && !item.done()) as Task[];
  }

  /** The next batch for this worker, of at most this many calls; single tasks tell `events` how they end. */
  draw(most: number, handle: WorkerHandle, events: TaskEvents): Batch | undefined {
    const head = this.#head();
    if (head === undefined || most < 1) return undefined;
    return head instanceof MapJob ? this.#drawRows(head, most) : this.#drawTasks(most, handle, events);
  }

  #drawRows(job: MapJob, most: number): Batch | undefined {
    const share = Math.min(batchLimit(job.entry), fairShare(job.available, this.#workers, job.entry));
    return job.draw(Math.min(most, job.options.chunksize ?? share));
  }

  #drawTasks(most: number, handle: WorkerHandle, events: TaskEvents): Batch | undefined {
    const tasks: Task[] = [];
    const first = this.#head() as Task;
    const share = Math.min(most, fairShare(this.#items.size, this.#workers, first.entry));
    // A batch is full when the parts that its calls take of one add up.
    let full = 0;
    for (
      let next = this.#head();
      next instanceof Task && tasks.length < share && full < 1;
      next = this.#head()
    ) {
      if (next.alone && (tasks.length > 0 || handle.dispatched.length > 0)) break;
      this.#items.shift();
      tasks.push(next);
      full += next.alone ? 1 : 1 / batchLimit(next.entry);
    }
    return tasks.length === 0 ? undefined : new TaskBatch(tasks, events);
  }

  /** The next item that has something to do; what has not is dropped on the way. */
  #head(): Task | MapJob | undefined {
    for (let item = this.#items.peek(); item !== undefined; item = this.#items.peek()) {
      if (item instanceof Task ? !item.done() : item.available > 0) return item;
      this.#items.shift();
      if (item instanceof MapJob) item.queued = false;
    }
    return undefined;
  }
}
