import { RuntimeError } from "@concurrent-futures/core";
import { channels, epochNow } from "../diagnostics.ts";
import type { SharedContent } from "../shared-content.ts";
import { largestBatch } from "./batch-size.ts";
import type { FunctionEntry } from "./function-entry.ts";
import type { MapJob, MapJobEvents } from "./map-job.ts";
import type { PoolMetrics } from "./pool-metrics.ts";
import type { PoolShares } from "./pool-shares.ts";
import type { WorkQueue } from "./work-queue.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What the registry needs around it. */
export interface MapRegistryOptions {
  readonly queue: WorkQueue;
  readonly workerPool: WorkerPool;
  readonly metrics: PoolMetrics;
  /** Rows have come or gone: the loop should turn. */
  readonly changed: () => void;
  readonly release: (entry: FunctionEntry) => void;
  readonly shares: PoolShares;
  /** The number of the pool, for events. */
  readonly pool: number;
}

/** The maps that are under way. */
export class MapRegistry implements MapJobEvents {
  readonly #maps: Set<MapJob> = new Set();
  readonly #options: MapRegistryOptions;

  constructor(options: MapRegistryOptions) {
    this.#options = options;
  }

  get hasActive(): boolean {
    return this.#maps.size > 0;
  }

  /** Rows that have been dispatched to no worker. */
  get pending(): number {
    let count = 0;
    for (const job of this.#maps) count += job.available;
    return count;
  }

  /** Registers a new job, and puts it in the queue if it has anything to do. */
  add(job: MapJob): void {
    this.#maps.add(job);
    if (channels.mapStart.hasSubscribers) {
      channels.mapStart.publish({
        pool: this.#options.pool,
        map: job.number,
        function: job.entry.name,
        total: job.stats().total,
        order: job.options.order,
        at: epochNow(),
      });
    }
    job.offer();
  }

  /** The pool is broken. */
  breakAll(error: () => unknown): void {
    for (const job of [...this.#maps]) job.break(error());
  }

  /** The pool takes no more work, and rows that are still to be read are work. */
  stopInputs(): void {
    for (const job of [...this.#maps])
      job.stopInput(new RuntimeError("cannot schedule new futures after shutdown"));
  }

  /** Somebody waits for the end of the pool, and may read no result before. */
  readAhead(): void {
    for (const job of [...this.#maps]) job.readAhead();
  }

  cancelAll(): void {
    for (const job of [...this.#maps]) job.cancel();
  }

  enqueue(job: MapJob, first: boolean): void {
    this.#options.queue.addJob(job, first);
    this.#options.changed();
  }

  abandon(job: MapJob): void {
    // What comes back of this job is dropped by it; what comes back of others is queued again.
    for (const handle of this.#options.workerPool.handles) {
      if (handle.dispatched.some(({ batch }) => batch.entry === job.entry)) handle.steal(largestBatch * 2);
    }
    this.#options.changed();
  }

  count(done: number, failed: number): void {
    this.#options.metrics.recordOutcome("done", done);
    this.#options.metrics.recordOutcome("failed", failed);
  }

  use(contents: Iterable<SharedContent>): void {
    this.#options.shares.use(contents);
  }

  ended(job: MapJob): void {
    if (!this.#maps.delete(job)) return;
    if (channels.mapEnd.hasSubscribers) {
      const { done, failed, total } = job.stats();
      const unread = job.unread();
      const whole = total !== undefined && done + failed === total;
      channels.mapEnd.publish({
        pool: this.#options.pool,
        map: job.number,
        function: job.entry.name,
        done,
        failed,
        why: failed > 0 || job.stopped ? "failed" : whole ? "done" : "left",
        ...(unread && { unread }),
        at: epochNow(),
      });
    }
    this.#options.release(job.entry);
    if (job.shared !== undefined) this.#options.shares.release(job.shared);
    this.#options.changed();
  }
}
