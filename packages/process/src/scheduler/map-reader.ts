import { type MapSource, type MapStats, type Settled, TimeoutError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { describeTimeout } from "@concurrent-futures/core/options";
import type { MapJob } from "./map-job.ts";
import type { Failure } from "./map-results.ts";

/** What a reader waits for: whether that is there. */
type Condition = (job: MapJob) => boolean;

const nextResult: Condition = (job) => job.results.hasNext || job.complete;
const allOrFailure: Condition = (job) => job.results.failures > 0 || job.complete;
const all: Condition = (job) => job.complete;

/** The side of a map that its user holds: results as they are ready, all of them, or only their end. */
export class MapReader implements MapSource<unknown> {
  readonly #job: MapJob;
  readonly #timeout: number | undefined;
  readonly #deadline: Deadline;

  constructor(job: MapJob) {
    this.#job = job;
    this.#timeout = job.options.timeout;
    this.#deadline = new Deadline(this.#timeout);
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    for (;;) {
      if (this.#job.results.hasNext) return { done: false, value: this.#take() };
      if (this.#job.readToEnd()) return { done: true, value: undefined };
      await this.#until(nextResult);
    }
  }

  async nextSettled(): Promise<IteratorResult<Settled<unknown>, undefined>> {
    for (;;) {
      if (this.#job.results.hasNext) {
        const value = this.#job.results.takeOutcome();
        this.#job.resultRead();
        return { done: false, value };
      }
      if (this.#job.readToEnd()) return { done: true, value: undefined };
      await this.#until(nextResult);
    }
  }

  async drain(): Promise<unknown[]> {
    const { results } = this.#job;
    // An input that has been read whole needs nobody to make room: only its end, or a failure, is of interest.
    if (this.#job.fullyRead && results.read === 0) {
      while (!allOrFailure(this.#job)) await this.#until(allOrFailure);
      if (this.#job.intact && results.failures === 0) return results.takeAll();
    }
    const values: unknown[] = [];
    for (;;) {
      while (results.hasNext) values.push(this.#take());
      if (this.#job.readToEnd()) return values;
      await this.#until(nextResult);
    }
  }

  /** Resolves when every call has ended, however. */
  async ended(): Promise<void> {
    while (!this.#job.complete) await this.#until(all);
  }

  /** Whether every call has ended. */
  get complete(): boolean {
    return this.#job.complete;
  }

  /** Whether the pool or the input has failed, and nothing but that is left to be read. */
  get stopped(): boolean {
    return this.#job.stopped;
  }

  /** The failure that came first, if there is one. */
  get firstFailure(): Failure | undefined {
    return this.#job.results.firstFailure;
  }

  /** What has come so far, failures as they are. Throws what the input has thrown, or the pool's own error. */
  takeAll(): unknown[] {
    return this.#job.takeAll();
  }

  stats(): MapStats {
    return this.#job.stats();
  }

  underWay(): number {
    return this.#job.underWay();
  }

  close(): void {
    this.#job.close();
  }

  #take(): unknown {
    try {
      return this.#job.results.take();
    } finally {
      this.#job.resultRead();
    }
  }

  #until(condition: Condition): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.#deadline.whenPassed(() => {
        this.#job.waiter = undefined;
        reject(
          new TimeoutError(`the results of map were not complete within ${describeTimeout(this.#timeout)}`),
        );
      });
      this.#job.waiter = {
        ready: () => condition(this.#job),
        wake: () => {
          stop();
          resolve();
        },
      };
    });
  }
}
