import { type AnyFunction, type Future, type Rows, RuntimeError } from "@concurrent-futures/core";
import type { PoolStats } from "@concurrent-futures/core/pool-stats";
import type { JobOptions } from "@concurrent-futures/process/workers";
import { ThreadPoolExecutor, type ThreadPoolOptions } from "@concurrent-futures/thread";
import { EventLoopJob } from "./event-loop-job.ts";
import type { PoolEngine, PoolJob } from "./pool-engine.ts";

/** Takes calls as the pool's own: code that watches `submit` of executors does not see them. */
class Slots extends ThreadPoolExecutor {
  call(fn: AnyFunction, args: readonly unknown[]): Future<unknown> {
    return this.submitCall(fn, [...args], undefined);
  }
}

/** Runs the calls of a `ThreadPool`: at most as many at a time as it has slots, on this event loop. */
export class EventLoopEngine implements PoolEngine {
  readonly #executor: Slots;
  readonly #running: Set<Future<unknown>> = new Set();
  // Maps whose input has not been read to its end: they still submit after `close()`.
  readonly #reading: Set<EventLoopJob> = new Set();
  #closing = false;
  readonly #whenDrained: (() => void)[] = [];

  constructor(options: ThreadPoolOptions) {
    this.#executor = new Slots(options);
  }

  submit(fn: AnyFunction, args: readonly unknown[]): Future<unknown> {
    const future = this.#executor.call(fn, args);
    this.#running.add(future);
    future.addDoneCallback(() => this.#running.delete(future));
    return future;
  }

  map(fn: AnyFunction, rows: Rows, window: number, { order }: JobOptions): PoolJob {
    // The input may end while the job is being made.
    const reading: { ended: boolean; job?: EventLoopJob } = { ended: false };
    const inputEnded = (): void => {
      reading.ended = true;
      if (reading.job !== undefined) this.#reading.delete(reading.job);
      this.#drain();
    };
    const job = new EventLoopJob(rows, (row) => this.submit(fn, row), { window, order }, inputEnded);
    reading.job = job;
    if (!reading.ended) this.#reading.add(job);
    return job;
  }

  blockUntil(): never {
    throw new RuntimeError(cannotBlock("getSync"));
  }

  close(): void {
    this.#closing = true;
    this.#drain();
  }

  async join(): Promise<void> {
    this.close();
    for (const job of [...this.#reading]) job.readAhead();
    if (this.#reading.size > 0) await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
    await this.#executor.shutdown();
  }

  terminate(): void {
    void this.#executor.shutdown({ wait: false, cancelFutures: true });
    for (const future of this.#running) future.cancel({ force: true });
    this.#reading.clear();
    this.#closing = true;
    this.#drain();
  }

  stats(window?: number): PoolStats {
    return this.#executor.stats(window === undefined ? {} : { window });
  }

  #drain(): void {
    if (!this.#closing || this.#reading.size > 0) return;
    void this.#executor.shutdown({ wait: false });
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }
}

/** Why a blocking method of a `ThreadPool` throws. */
export function cannotBlock(method: string): string {
  return `${method}() cannot block: a ThreadPool runs its calls on this thread. Await the method without "Sync", or use a Pool.`;
}
