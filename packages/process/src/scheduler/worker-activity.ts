import type { PoolOpenEvent } from "@concurrent-futures/core/channels";
import { CallMetrics } from "@concurrent-futures/core/pool-stats";
import { channels, epochNow, preview } from "../diagnostics.ts";
import type { Results } from "../host/check-message.ts";
import type { HostDeath } from "../host/worker-host.ts";
import { readError } from "../read-error.ts";
import { REVOKED, slotMask } from "../slots.ts";
import type { EndedMessage } from "../wire.ts";
import type { UsageMessage } from "../wire-notes.ts";
import { type Batch, TaskBatch } from "./batch.ts";
import type { LostWork } from "./collect-results.ts";
import type { DetachedCall } from "./detached-calls.ts";
import type { DispatchedBatch } from "./dispatched-batch.ts";
import type { RanCalls } from "./nested-calls.ts";
import type { Outgoing } from "./outgoing.ts";
import { TransferMeter } from "./transfer-meter.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** The name of a batch whose calls are of several functions. */
const several = "(several functions)";

/**
 * What a pool and its workers do, for `stats()` and for those who listen to the channels: noted per message, never per
 * call, and no event is made while nobody listens.
 */
export class WorkerActivity {
  readonly metrics: CallMetrics = new CallMetrics();
  readonly #pool: number;
  // When workers with an initializer came up.
  readonly #upAt: Map<number, number> = new Map();
  readonly #outgoing: Outgoing;
  readonly #transfer: TransferMeter = new TransferMeter();

  constructor(pool: number, outgoing: Outgoing) {
    this.#pool = pool;
    this.#outgoing = outgoing;
  }

  opened(kind: "thread" | "spawn", maxWorkers: number, stats: PoolOpenEvent["stats"]): void {
    if (channels.poolOpen.hasSubscribers)
      channels.poolOpen.publish({ pool: this.#pool, kind, maxWorkers, at: epochNow(), stats });
  }

  closed(reason: "shutdown" | "broken", error: unknown): void {
    if (!channels.poolClose.hasSubscribers) return;
    channels.poolClose.publish({
      pool: this.#pool,
      reason,
      ...(error !== undefined && { error }),
      at: epochNow(),
    });
  }

  started({ workerId }: WorkerHandle): void {
    this.metrics.started(workerId, performance.now());
    if (channels.workerStart.hasSubscribers)
      channels.workerStart.publish({ pool: this.#pool, workerId, at: epochNow() });
  }

  up({ workerId }: WorkerHandle, initializes: boolean): void {
    const now = performance.now();
    this.metrics.worker(workerId)?.up(now);
    if (initializes) this.#upAt.set(workerId, now);
    else this.#ready(workerId, 0);
  }

  initialized({ workerId }: WorkerHandle): void {
    const now = performance.now();
    this.metrics.worker(workerId)?.initialized(now);
    this.#ready(workerId, now - (this.#upAt.get(workerId) ?? now));
    this.#upAt.delete(workerId);
  }

  /** When the sending of a batch begins; undefined while nobody wants to know. */
  sending(): number | undefined {
    return this.#outgoing.begin();
  }

  dispatched({ workerId }: WorkerHandle, dispatched: DispatchedBatch, began: number | undefined): void {
    const now = performance.now();
    this.metrics.worker(workerId)?.busy(now);
    if (began !== undefined) this.#transfer.sent(dispatched, now - began + this.#outgoing.takePacking());
    const { id, batch } = dispatched;
    if (!channels.batchSent.hasSubscribers) return;
    channels.batchSent.publish({
      pool: this.#pool,
      workerId,
      batch: id,
      map: batch.map,
      function: batch.entry?.name ?? several,
      first: batch.first,
      count: batch.count,
      at: epochNow(),
    });
  }

  /** Told before the results are delivered: afterwards the batch may be gone. */
  results(handle: WorkerHandle, message: Results): void {
    const dispatched = handle.dispatched.find(({ id }) => id === message.id);
    if (dispatched === undefined) return;
    const { from, values, end } = message;
    const to = from + values.length;
    // What fits no batch is refused when the results are delivered, and counts for nothing.
    if (from < dispatched.reported || to > dispatched.batch.count) return;
    const calls = values.length - countRevoked(dispatched, from, to);
    const idle = end && handle.dispatched.length === 1 && handle.detached.size === 0;
    this.#count(handle.workerId, dispatched, message, calls, idle);
    if (channels.batchResults.hasSubscribers)
      this.#publishResults(handle.workerId, dispatched, message, calls);
    if (message.failures !== undefined && channels.taskFailed.hasSubscribers)
      for (const [index, error] of message.failures)
        this.#publishFailure(handle.workerId, dispatched.batch, index, readError(error));
  }

  /** A call that had left its batch has ended. */
  ended(
    handle: WorkerHandle,
    { dispatched, index }: DetachedCall,
    { failure, microseconds }: EndedMessage,
  ): void {
    const { workerId, idle } = handle;
    const { batch } = dispatched;
    const now = performance.now();
    const failed = failure === undefined ? 0 : 1;
    this.metrics.worker(workerId)?.answered(1, failed, microseconds / 1000, idle, now);
    this.metrics.ended(workerId, functionOf(batch, index), 1, failed, microseconds, now);
    if (failure !== undefined && channels.taskFailed.hasSubscribers)
      this.#publishFailure(workerId, batch, index, readError(failure));
  }

  /** Calls that a worker has run for its own tasks. */
  ran({ workerId, idle }: WorkerHandle, { name, calls, failed, microseconds }: RanCalls): void {
    const now = performance.now();
    this.metrics.worker(workerId)?.answered(calls, failed, 0, idle, now);
    this.metrics.ended(workerId, name, calls, failed, microseconds, now);
  }

  /** Whether nobody listens to single batches and calls. */
  get unwatched(): boolean {
    return (
      !channels.batchSent.hasSubscribers &&
      !channels.batchResults.hasSubscribers &&
      !channels.taskFailed.hasSubscribers
    );
  }

  usage({ workerId }: WorkerHandle, { heap, cpu }: UsageMessage): void {
    this.metrics.worker(workerId)?.uses(heap, cpu);
  }

  leaving({ workerId }: WorkerHandle): void {
    this.metrics.worker(workerId)?.leaving(performance.now());
  }

  died(
    { workerId }: WorkerHandle,
    { running, resultLost }: LostWork,
    { exitCode, signal }: HostDeath,
    expected: boolean,
  ): void {
    const lost = [...running, ...resultLost];
    const now = performance.now();
    const worker = this.metrics.worker(workerId);
    worker?.exited(now);
    worker?.answered(lost.length, lost.length, 0, true, now);
    this.#upAt.delete(workerId);
    this.#transfer.gone(workerId);
    for (const [{ batch }, index] of lost)
      this.metrics.ended(workerId, functionOf(batch, index), 1, 1, 0, now);
    if (!channels.workerExit.hasSubscribers) return;
    channels.workerExit.publish({
      pool: this.#pool,
      workerId,
      exitCode,
      signal,
      expected,
      lost: lost.length,
      at: epochNow(),
    });
  }

  /** A call failed with its worker, or on our side. */
  failed(workerId: number, batch: Batch, index: number, error: unknown): void {
    if (channels.taskFailed.hasSubscribers) this.#publishFailure(workerId, batch, index, error);
  }

  #count(
    workerId: number,
    dispatched: DispatchedBatch,
    { from, values, failures, microseconds }: Results,
    calls: number,
    idle: boolean,
  ): void {
    const now = performance.now();
    const failed = failures?.length ?? 0;
    this.metrics.worker(workerId)?.answered(calls, failed, microseconds / 1000, idle, now);
    const name = dispatched.batch.entry?.name;
    if (name !== undefined) {
      this.metrics.ended(workerId, name, calls, failed, microseconds, now);
      return;
    }
    const each = calls === 0 ? 0 : microseconds / calls;
    const failedIndexes = new Set(failures?.map(([index]) => index));
    for (let index = from; index < from + values.length; index++) {
      if (isRevoked(dispatched, index)) continue;
      const failure = failedIndexes.has(index) ? 1 : 0;
      this.metrics.ended(workerId, functionOf(dispatched.batch, index), 1, failure, each, now);
    }
  }

  #ready(workerId: number, init: number): void {
    this.#transfer.ready(workerId);
    if (channels.workerUp.hasSubscribers)
      channels.workerUp.publish({ pool: this.#pool, workerId, init, at: epochNow() });
  }

  #publishResults(workerId: number, dispatched: DispatchedBatch, message: Results, count: number): void {
    const { batch } = dispatched;
    const { id, from, failures, microseconds, end, at } = message;
    channels.batchResults.publish({
      pool: this.#pool,
      workerId,
      batch: id,
      map: batch.map,
      function: batch.entry?.name ?? several,
      from,
      count,
      failed: failures?.length ?? 0,
      at: at ?? epochNow(),
      work: microseconds / 1000,
      end,
      ...this.#transfer.received(workerId, dispatched, message),
      argumentOf: (index) => preview(batch.argumentsOf(index)),
    });
  }

  #publishFailure(workerId: number, batch: Batch, index: number, error: unknown): void {
    channels.taskFailed.publish({
      pool: this.#pool,
      function: functionOf(batch, index),
      index: batch.first + index,
      workerId,
      error,
      at: epochNow(),
    });
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
