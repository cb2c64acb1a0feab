import { nextPoolNumber, type PoolOpenEvent } from "@concurrent-futures/core/channels";
import { describeValue } from "@concurrent-futures/core/options";
import { CallMetrics, Distribution, type PoolStats } from "@concurrent-futures/core/pool-stats";
import type { Call } from "./call.ts";
import { channels, epochNow } from "./diagnostics.ts";

/** Longest preview of a call's arguments, in characters. */
const longestPreview = 80;

type Outcome = "done" | "failed" | "cancelled";

/** What the slots of a pool do, as `stats()` shows it. A slot lives from its first call until the pool has ended. */
export class SlotActivity {
  readonly #metrics: CallMetrics = new CallMetrics();
  readonly #slots: Set<number> = new Set();
  readonly pool: number = nextPoolNumber();
  #closed = false;
  // Numbers of calls, which are batches of one to those who listen.
  #calls = 0;
  readonly #outcomes: Record<Outcome, number> = { done: 0, failed: 0, cancelled: 0 };
  readonly #runTime: Distribution = new Distribution();
  readonly #waitTime: Distribution = new Distribution();

  /** The pool is there. */
  announce(given: Pick<PoolOpenEvent, "maxWorkers" | "threadNamePrefix" | "stats">): void {
    if (channels.poolOpen.hasSubscribers)
      channels.poolOpen.publish({ pool: this.pool, kind: "async", at: epochNow(), ...given });
  }

  /** A slot goes to work; the first time, it comes up by that. */
  opened(workerId: number): void {
    if (this.#slots.has(workerId)) return;
    this.#slots.add(workerId);
    const now = performance.now();
    this.#metrics.started(workerId, now).up(now);
  }

  initialized(workerId: number): void {
    this.#metrics.worker(workerId)?.initialized(performance.now());
  }

  /** A call begins. Gives the moment. */
  began(workerId: number, submitted: number): number {
    const now = performance.now();
    this.#metrics.worker(workerId)?.busy(now);
    this.#waitTime.add((now - submitted) * 1000);
    return now;
  }

  /** A call that began then has ended, or has been abandoned. */
  ended(workerId: number, call: Call<unknown>, began: number): void {
    const now = performance.now();
    const failed = call.failed() || call.cancelled() ? 1 : 0;
    this.#metrics.worker(workerId)?.answered(1, failed, now - began, true, now);
    const name = call.fn.name === "" ? "(anonymous)" : call.fn.name;
    this.#metrics.ended(workerId, name, 1, failed, (now - began) * 1000, now);
    this.#runTime.add((now - began) * 1000);
    if (channels.batchResults.hasSubscribers) this.#publishCall(workerId, name, call, began, now);
    if (call.failed() && channels.taskFailed.hasSubscribers) this.#publishFailure(workerId, name, call);
    this.settled(call.cancelled() ? "cancelled" : failed === 1 ? "failed" : "done");
  }

  /** A call has its outcome, whether it ran or not. */
  settled(outcome: Outcome): void {
    this.#outcomes[outcome]++;
  }

  /** The pool has ended, or is broken. */
  closed(reason: "shutdown" | "broken", error?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    if (channels.poolClose.hasSubscribers) {
      const why = error === undefined ? {} : { error };
      channels.poolClose.publish({ pool: this.pool, reason, ...why, at: epochNow() });
    }
    const now = performance.now();
    for (const workerId of this.#slots) this.#metrics.worker(workerId)?.exited(now);
  }

  #publishCall(workerId: number, name: string, call: Call<unknown>, began: number, ended: number): void {
    channels.batchResults.publish({
      pool: this.pool,
      workerId,
      batch: this.#calls++,
      map: undefined,
      function: name,
      from: 0,
      count: 1,
      failed: call.failed() ? 1 : 0,
      at: performance.timeOrigin + ended,
      work: ended - began,
      end: true,
      argumentOf: () => call.args.map(describeValue).join(", ").slice(0, longestPreview),
    });
  }

  #publishFailure(workerId: number, name: string, call: Call<unknown>): void {
    const event = { pool: this.pool, function: name, index: 0, workerId, at: epochNow() };
    call.exception().then((error) => channels.taskFailed.publish({ ...event, error }));
  }

  stats(window: number | undefined): Omit<PoolStats, "pool" | "workers" | "pending" | "running"> {
    return {
      ...this.#outcomes,
      runTime: this.#runTime.percentiles(),
      waitTime: this.#waitTime.percentiles(),
      shared: { values: 0, bytes: 0, sent: 0 },
      ...this.#metrics.stats(window, performance.now()),
    };
  }
}
