import { CallMetrics } from "@concurrent-futures/core/pool-stats";
import { REVOKED, slotMask } from "../slots.ts";
import type { ResultsMessage } from "../wire.ts";
import { type Batch, TaskBatch } from "./batch.ts";
import type { LostWork } from "./collect-results.ts";
import type { DispatchedBatch, WorkerHandle } from "./worker-handle.ts";

/** What the workers of a pool do, as `stats()` shows it: noted per message, never per call. */
export class WorkerActivity {
  readonly metrics: CallMetrics = new CallMetrics();

  started({ workerId }: WorkerHandle): void {
    this.metrics.started(workerId, performance.now());
  }

  up({ workerId }: WorkerHandle): void {
    this.metrics.worker(workerId)?.up(performance.now());
  }

  initialized({ workerId }: WorkerHandle): void {
    this.metrics.worker(workerId)?.initialized(performance.now());
  }

  dispatched({ workerId }: WorkerHandle): void {
    this.metrics.worker(workerId)?.busy(performance.now());
  }

  /** Told before the results are delivered: afterwards the batch may be gone. */
  results(handle: WorkerHandle, message: ResultsMessage): void {
    const dispatched = handle.dispatched.find(({ id }) => id === message.id);
    if (dispatched === undefined) return;
    const now = performance.now();
    const { workerId } = handle;
    const { from, values, failures, microseconds, end } = message;
    const to = from + values.length;
    // What fits no batch is refused when the results are delivered, and counts for nothing.
    if (from < dispatched.reported || to > dispatched.batch.count) return;
    const calls = values.length - countRevoked(dispatched, from, to);
    const failed = failures?.length ?? 0;
    const idle = end && handle.dispatched.length === 1;
    const worker = this.metrics.worker(workerId);
    worker?.answered(calls, failed, microseconds / 1000, idle, now);
    const name = dispatched.batch.entry?.name;
    if (name !== undefined) {
      this.metrics.ended(workerId, name, calls, failed, microseconds, now);
      return;
    }
    const each = calls === 0 ? 0 : microseconds / calls;
    const failedIndexes = new Set(failures?.map(([index]) => index));
    for (let index = from; index < to; index++) {
      if (isRevoked(dispatched, index)) continue;
      const failure = failedIndexes.has(index) ? 1 : 0;
      this.metrics.ended(workerId, functionOf(dispatched.batch, index), 1, failure, each, now);
    }
  }

  leaving({ workerId }: WorkerHandle): void {
    this.metrics.worker(workerId)?.leaving(performance.now());
  }

  died({ workerId }: WorkerHandle, { running, resultLost }: LostWork): void {
    const lost = [...running, ...resultLost];
    const now = performance.now();
    const worker = this.metrics.worker(workerId);
    worker?.exited(now);
    worker?.answered(lost.length, lost.length, 0, true, now);
    for (const [{ batch }, index] of lost)
      this.metrics.ended(workerId, functionOf(batch, index), 1, 1, 0, now);
  }
}

function functionOf(batch: Batch, index: number): string {
  return batch.entry?.name ?? (batch instanceof TaskBatch ? batch.tasks[index]?.entry.name : undefined) ?? "";
}

function isRevoked({ handle, base }: DispatchedBatch, index: number): boolean {
  return handle.host.slots.states[(base + index) & slotMask] === REVOKED;
}

function countRevoked(dispatched: DispatchedBatch, from: number, to: number): number {
  if (!dispatched.hasHoles) return 0;
  let count = 0;
  for (let index = from; index < to; index++) if (isRevoked(dispatched, index)) count++;
  return count;
}
