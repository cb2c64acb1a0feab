import { largestBatch } from "./batch-size.ts";
import type { FunctionEntry } from "./function-entry.ts";
import type { JobKeeper, MapJob } from "./map-job.ts";
import type { Tally } from "./tally.ts";
import type { WorkQueue } from "./work-queue.ts";
import type { Workforce } from "./workforce.ts";

/** What the keeper of a pool's maps needs around it. */
export interface JobsOptions {
  readonly queue: WorkQueue;
  readonly workforce: Workforce;
  readonly tally: Tally;
  /** Rows have come or gone: the loop should turn. */
  readonly changed: () => void;
  readonly release: (entry: FunctionEntry) => void;
}

/** The maps that are under way. */
export class Jobs implements JobKeeper {
  readonly #jobs: Set<MapJob> = new Set();
  readonly #options: JobsOptions;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  get some(): boolean {
    return this.#jobs.size > 0;
  }

  /** Rows that no worker has been lent. */
  get pending(): number {
    let count = 0;
    for (const job of this.#jobs) count += job.available;
    return count;
  }

  /** Takes a new job into care, and puts it in the queue if it has anything to do. */
  add(job: MapJob): void {
    this.#jobs.add(job);
    job.offer();
  }

  /** The pool is broken. */
  breakAll(error: () => unknown): void {
    for (const job of [...this.#jobs]) job.break(error());
  }

  cancelAll(): void {
    for (const job of [...this.#jobs]) job.cancel();
  }

  enqueue(job: MapJob, first: boolean): void {
    this.#options.queue.addJob(job, first);
    this.#options.changed();
  }

  abandon(job: MapJob): void {
    // What comes back of this job is dropped by it; what comes back of others is queued again.
    for (const lane of this.#options.workforce.lanes) {
      if (lane.loans.some(({ work }) => work.entry === job.entry)) lane.takeBack(largestBatch * 2);
    }
    this.#options.changed();
  }

  count(done: number, failed: number): void {
    this.#options.tally.end("done", done);
    this.#options.tally.end("failed", failed);
  }

  ended(job: MapJob): void {
    if (!this.#jobs.delete(job)) return;
    this.#options.release(job.entry);
    this.#options.changed();
  }
}
