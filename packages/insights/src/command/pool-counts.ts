import type { MapEnd, MapStats } from "@concurrent-futures/core";
import type { Counted } from "../progress/options.ts";
import type { Recordable } from "../recorder/recorder.ts";

/** All calls of a pool as one piece of work: its total is what was submitted so far. */
export class PoolCounts implements Counted {
  readonly #pool: Recordable;
  readonly #callbacks: ((end: MapEnd) => void)[] = [];
  #ended = false;

  constructor(pool: Recordable) {
    this.#pool = pool;
  }

  stats(): MapStats {
    const { done, failed, cancelled, running, pending } = this.#pool.stats();
    const total = done + failed + cancelled + running + pending;
    // As of futures: one that was cancelled counts as failed. Before the first call there is no total.
    return { done, failed: failed + cancelled, read: 0, total: total === 0 ? undefined : total };
  }

  addDoneCallback(fn: (end: MapEnd) => void): void {
    this.#callbacks.push(fn);
  }

  /** The pool has ended, or the program has. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const fn of this.#callbacks) fn("done");
  }
}
