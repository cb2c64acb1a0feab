import type { PackedError } from "@concurrent-futures/callable";
import type { CheckedMessage, Results } from "../host/check-message.ts";
import type { EndedMessage } from "../wire.ts";
import type { NestedRanMessage } from "../wire-nested.ts";
import type { NestedCalls } from "./nested-calls.ts";
import type { PoolMetrics } from "./pool-metrics.ts";
import type { StopRequests } from "./stop-requests.ts";
import type { WorkerActivity } from "./worker-activity.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** The parts of a pool that handle the messages of workers. */
export interface WorkerMessagesOptions {
  readonly workerPool: WorkerPool;
  readonly metrics: PoolMetrics;
  readonly activity: WorkerActivity;
  readonly nested: NestedCalls;
  readonly stopRequests: StopRequests;
  /** An initializer has failed: the pool is of no use. */
  readonly initFailed: (error: PackedError) => void;
  /** Something may be done now that could not before. */
  readonly changed: () => void;
}

/** What workers say, and who hears of it. */
export class WorkerMessages {
  readonly #options: WorkerMessagesOptions;

  constructor(options: WorkerMessagesOptions) {
    this.#options = options;
  }

  /** Takes a message of a worker. One that fits none of its batches is its end, and nobody else's. */
  receive(handle: WorkerHandle, message: CheckedMessage): void {
    try {
      this.#take(handle, message);
    } catch (error) {
      handle.host.fail(error);
    }
  }

  #take(handle: WorkerHandle, message: CheckedMessage): void {
    const { workerPool, nested, stopRequests, initFailed } = this.#options;
    switch (message.kind) {
      case "results":
        this.#results(handle, message);
        break;
      case "detached":
        handle.detach(message);
        break;
      case "ended":
        this.#ended(handle, message);
        break;
      case "nested-submit":
        nested.submit(handle, message);
        break;
      case "nested-ask":
        nested.ask(handle, message);
        break;
      case "nested-ran":
        this.#ran(handle, message);
        break;
      case "nested-cancel":
        nested.cancel(handle, message);
        break;
      case "began": {
        const task = handle.taskOf(message.id, message.index);
        if (task !== undefined) stopRequests.began(task);
        break;
      }
      case "output":
        workerPool.output?.take(handle.workerId, message);
        break;
      case "usage":
        this.#options.activity.usage(handle, message);
        break;
      case "progress":
        handle.progress.note(message, handle.dispatched, handle.detached);
        break;
      case "up":
        workerPool.up(handle);
        break;
      case "initialized":
        workerPool.initialized(handle);
        break;
      case "init-failed":
        workerPool.checkInitializing(handle);
        initFailed(message.error);
        break;
      case "leaving":
        workerPool.leaving(handle);
        break;
      case "left":
        workerPool.left(handle, message);
        break;
      case "dying":
        break;
    }
    this.#options.changed();
  }

  #results(handle: WorkerHandle, received: Results): void {
    const message = handle.withWritten(received);
    const { workerPool, metrics, activity } = this.#options;
    const { values, microseconds } = message;
    workerPool.heardFrom();
    activity.results(handle, message);
    if (values.length > 0) metrics.recordRun(microseconds / values.length, values.length);
    if (handle.settle(message)) workerPool.becameIdle(handle);
  }

  #ended(handle: WorkerHandle, message: EndedMessage): void {
    const { workerPool, metrics, activity } = this.#options;
    const call = handle.end(message);
    if (call === undefined) return;
    activity.ended(handle, call, message);
    metrics.recordRun(message.microseconds, 1);
    if (handle.idle) workerPool.becameIdle(handle);
  }

  /** Calls that the worker has run for itself count as all others do; the time that they took is in that of their caller. */
  #ran(handle: WorkerHandle, message: NestedRanMessage): void {
    const { workerPool, metrics, activity, nested } = this.#options;
    metrics.recordOutcome("cancelled", message.cancelled);
    for (const ran of nested.ran(handle, message)) {
      const { calls, failed, microseconds } = ran;
      metrics.recordOutcome("done", calls - failed);
      metrics.recordOutcome("failed", failed);
      metrics.recordRun(calls === 0 ? 0 : microseconds / calls, calls);
      activity.ran(handle, ran);
    }
    if (handle.idle) workerPool.becameIdle(handle);
  }
}
