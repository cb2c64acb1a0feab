import type { PoolStats } from "@concurrent-futures/core/pool-stats";
import type { AllWork } from "./lost-work.ts";

/** How many calls of a pool wait, run and have ended, on how many workers, and for how long. */
export type CallStats = Omit<PoolStats, "pool" | "shared" | "byWorker" | "byFunction">;

export function callStats({ workerPool, metrics, maps }: AllWork): CallStats {
  let running = 0;
  let pending = metrics.queuedTasks + maps.pending;
  for (const handle of workerPool.handles) {
    const states = handle.countStates();
    running += states.running;
    pending += states.pending;
  }
  return { workers: workerPool.activeCount, pending, running, ...metrics.outcomeCounts, ...metrics.times };
}
