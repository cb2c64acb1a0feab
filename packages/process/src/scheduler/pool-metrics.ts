import { Distribution, type Percentiles } from "@concurrent-futures/core/pool-stats";

/** How a task can end. */
export type TaskOutcome = "done" | "failed" | "cancelled";

/** The counters of a pool. What is running now is not counted but read from the slots, which alone know it. */
export class PoolMetrics {
  /** Single tasks that wait in the queue. */
  queuedTasks = 0;
  /** Single tasks that have not ended. */
  unfinishedTasks = 0;
  readonly #outcomeCounts: Record<TaskOutcome, number> = { done: 0, failed: 0, cancelled: 0 };
  readonly #runTime: Distribution = new Distribution();
  readonly #waitTime: Distribution = new Distribution();
  #now = 0;
  #stale = true;

  /** Milliseconds, read once per turn of the event loop: the clock would cost as much as the rest of a submit. */
  get now(): number {
    if (this.#stale) {
      this.#stale = false;
      this.#now = Math.round(performance.now());
    }
    return this.#now;
  }

  /** A new turn of the event loop has begun. */
  nextTurn(): void {
    this.#stale = true;
  }

  recordOutcome(how: TaskOutcome, count = 1): void {
    this.#outcomeCounts[how] += count;
  }

  /** This many tasks of one batch were sent, the first of which had waited since then. */
  recordWait(since: number, count: number): void {
    this.#waitTime.add((this.now - since) * 1000, count);
  }

  recordRun(microseconds: number, count: number): void {
    this.#runTime.add(microseconds, count);
  }

  /** Calls that have run to their end. */
  get ended(): number {
    return this.#outcomeCounts.done + this.#outcomeCounts.failed;
  }

  get outcomeCounts(): Readonly<Record<TaskOutcome, number>> {
    return { ...this.#outcomeCounts };
  }

  get times(): { readonly runTime: Percentiles; readonly waitTime: Percentiles } {
    return { runTime: this.#runTime.percentiles(), waitTime: this.#waitTime.percentiles() };
  }
}
