import type { Worker } from "node:worker_threads";

/**
 * A thread that has ended has no loop whose idle time could be asked for. Node can tell it from one that has not
 * begun only if it was asked in between.
 */
export function hasEnded(worker: Worker): boolean {
  return worker.performance.eventLoopUtilization().idle === -1;
}
