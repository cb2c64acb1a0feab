import { nextPoolNumber } from "@concurrent-futures/core/channels";
import { CallMetrics, Distribution, type PoolStats } from "@concurrent-futures/core/pool-stats";
import type { Call } from "./call.ts";

/** What this executor's calls have come to, and the workers that answered, as `stats()` shows it. */
export class Activity {
  readonly pool: number = nextPoolNumber();
  readonly #metrics: CallMetrics = new CallMetrics();
  // Workers get numbers in the order in which they are heard of.
  readonly #numbers: Map<string, number> = new Map();
  readonly #outcomes: Record<"done" | "failed" | "cancelled", number> = { done: 0, failed: 0, cancelled: 0 };
  readonly #runTime: Distribution = new Distribution();
  readonly #waitTime: Distribution = new Distribution();

  /** A worker says that a call ran for so many microseconds. */
  ran(call: Call<unknown>, worker: string, failed: boolean, microseconds: number): void {
    const now = performance.now();
    let number = this.#numbers.get(worker);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(worker, number);
      this.#metrics.started(number, now).up(now);
    }
    const record = this.#metrics.worker(number);
    record?.busy(now);
    record?.answered(1, failed ? 1 : 0, microseconds / 1000, true, now);
    this.#metrics.ended(number, call.name, 1, failed ? 1 : 0, microseconds, now);
    this.#runTime.add(microseconds);
    this.#waitTime.add(Math.max((now - call.submitted) * 1000 - microseconds, 0));
  }

  /** A call has its outcome, whether it ran or not. */
  settled(call: Call<unknown>): void {
    this.#outcomes[call.cancelled() ? "cancelled" : call.failed() ? "failed" : "done"]++;
  }

  stats(window: number | undefined, pending: number, running: number): PoolStats {
    return {
      pool: this.pool,
      workers: this.#numbers.size,
      pending,
      running,
      ...this.#outcomes,
      runTime: this.#runTime.percentiles(),
      waitTime: this.#waitTime.percentiles(),
      shared: { values: 0, bytes: 0, sent: 0 },
      ...this.#metrics.stats(window, performance.now()),
    };
  }
}
