import type { HostDeath } from "../host/worker-host.ts";
import type { LostWork } from "./collect-results.ts";
import type { DispatchedBatch } from "./dispatched-batch.ts";
import { poolTerminated, resultLostError, taskDied } from "./faults.ts";
import type { MapRegistry } from "./map-registry.ts";
import type { PoolMetrics } from "./pool-metrics.ts";
import type { TaskLifecycle } from "./task-lifecycle.ts";
import type { WorkQueue } from "./work-queue.ts";
import type { WorkerActivity } from "./worker-activity.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Where all the work of a pool is. */
export interface AllWork {
  readonly queue: WorkQueue;
  readonly workerPool: WorkerPool;
  readonly tasks: TaskLifecycle;
  readonly metrics: PoolMetrics;
  readonly maps: MapRegistry;
}

/**
 * What becomes of the calls of a dead worker: those that ran fail, the others are queued again; all of them fail where the pool was
 * ended by force, by the method named.
 */
export function settleLostWork(
  handle: WorkerHandle,
  death: HostDeath,
  { running, resultLost, notStarted }: LostWork,
  terminatedBy: string | undefined,
  activity: WorkerActivity,
): void {
  const fail = ({ batch }: DispatchedBatch, index: number, error: Error): void => {
    activity.failed(handle.workerId, batch, index, error);
    batch.fail(index, error);
    batch.resultsDelivered();
  };
  for (const [dispatched, index] of resultLost)
    fail(dispatched, index, resultLostError(handle, death, dispatched.batch.callName(index)));
  const lost = [...running];
  for (const [dispatched, indexes] of [...notStarted].reverse()) {
    if (terminatedBy !== undefined) for (const index of indexes) lost.push([dispatched, index]);
    else dispatched.batch.requeue(indexes);
  }
  for (const [dispatched, index] of lost) {
    const name = dispatched.batch.callName(index);
    const error =
      terminatedBy === undefined
        ? taskDied(handle, death, name)
        : poolTerminated(handle, death, name, terminatedBy);
    fail(dispatched, index, error);
  }
}

/** The pool is broken: everything fails, each call with an error of its own, and its workers are ended. */
export function failAllWork({ queue, workerPool, tasks, metrics, maps }: AllWork, error: () => Error): void {
  for (const handle of [...workerPool.handles]) {
    for (const [{ batch }, index] of handle.abandonAll()) batch.fail(index, error());
    workerPool.endNow(handle, "terminate");
  }
  for (const task of queue.takeTasks()) {
    metrics.queuedTasks--;
    tasks.failed(task, error());
  }
  maps.breakAll(error);
}

/** Cancels whatever has not begun. */
export function cancelQueued({ queue, workerPool, tasks, maps }: AllWork): void {
  for (const handle of workerPool.handles) handle.steal(Number.POSITIVE_INFINITY);
  for (const task of queue.takeTasks()) tasks.cancel(task, {});
  maps.cancelAll();
}
