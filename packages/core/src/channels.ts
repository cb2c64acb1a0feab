import type { MapOrder } from "./map/future-source.ts";
import type { MapEnd } from "./map/map-stats.ts";
import type { PoolStats, PoolStatsOptions } from "./pool-stats/pool-stats.ts";

/**
 * The names of the channels of `node:diagnostics_channel` on which pools tell what they do. A payload has never arguments
 * or results in it. Its times are milliseconds since 1970, with fractions; `pool` and `map` are numbers that are unique in
 * the process.
 */
export const channelNames = {
  poolOpen: "concurrent-futures:pool:open",
  poolClose: "concurrent-futures:pool:close",
  workerStart: "concurrent-futures:worker:start",
  workerUp: "concurrent-futures:worker:up",
  workerExit: "concurrent-futures:worker:exit",
  mapStart: "concurrent-futures:map:start",
  mapEnd: "concurrent-futures:map:end",
  batchSent: "concurrent-futures:batch:sent",
  batchResults: "concurrent-futures:batch:results",
  taskFailed: "concurrent-futures:task:failed",
} as const;

/** A pool was made. */
export interface PoolOpenEvent {
  readonly pool: number;
  readonly kind: "async" | "thread" | "spawn" | "distributed";
  /** With which the names of its workers begin: the `threadNamePrefix` of a `ThreadPoolExecutor`. Others have none. */
  readonly threadNamePrefix?: string;
  /** 0 where workers come and go by themselves. */
  readonly maxWorkers: number;
  readonly at: number;
  /** The pool's `stats()`, for code that does not have the pool. It does not keep a `ProcessPoolExecutor` from being collected. */
  stats(options?: PoolStatsOptions): PoolStats;
}

/** A pool has ended, or cannot be used any more: then `reason` is `"broken"` and `error` says why. */
export interface PoolCloseEvent {
  readonly pool: number;
  readonly reason: "shutdown" | "broken";
  readonly error?: unknown;
  readonly at: number;
}

/** A worker is being started. */
export interface WorkerStartEvent {
  readonly pool: number;
  readonly workerId: number;
  readonly at: number;
}

/** A worker takes calls; its initializer took `init` milliseconds. */
export interface WorkerUpEvent extends WorkerStartEvent {
  readonly init: number;
}

/** A worker is gone; `lost` calls have failed with it. */
export interface WorkerExitEvent extends WorkerStartEvent {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly expected: boolean;
  readonly lost: number;
}

/** A map has begun. */
export interface MapStartEvent {
  readonly pool: number;
  readonly map: number;
  readonly function: string;
  readonly total: number | undefined;
  readonly order: MapOrder;
  readonly at: number;
}

/** All calls of a map have ended, or nobody wants the rest. */
export interface MapEndEvent {
  readonly pool: number;
  readonly map: number;
  readonly function: string;
  readonly done: number;
  readonly failed: number;
  readonly why: MapEnd;
  /**
   * Results that nobody had read when the last call had ended, about how many bytes they take, and the milliseconds since the first
   * of them was there. Missing where nobody was to read them one by one: with `toArray()`, `buffersize`, and on a
   * `ThreadPoolExecutor`.
   */
  readonly unread?: { readonly count: number; readonly bytes: number; readonly since: number };
  readonly at: number;
}

/** Calls have been sent to a worker, in one message. */
export interface BatchSentEvent {
  readonly pool: number;
  readonly workerId: number;
  readonly batch: number;
  readonly map: number | undefined;
  readonly function: string;
  /** The index in its map of the first call; 0 for submits. */
  readonly first: number;
  readonly count: number;
  readonly at: number;
}

/** Results have come from a worker, in one message: the calls ran in `[at - work, at]`. */
export interface BatchResultsEvent {
  readonly pool: number;
  readonly workerId: number;
  readonly batch: number;
  readonly map: number | undefined;
  readonly function: string;
  /** The index in its batch of the first of them. */
  readonly from: number;
  readonly count: number;
  readonly failed: number;
  /** By the worker's clock. */
  readonly at: number;
  /** Milliseconds that they ran, together. */
  readonly work: number;
  /** Whether the batch is over. */
  readonly end: boolean;
  /** Milliseconds in which this thread packed and wrote the arguments: with the first results of a batch, else 0. */
  readonly pack?: number;
  /** Milliseconds that large arguments and results were in flight, which is the time to read them; of small ones 0. */
  readonly unpack?: number;
  /** About how many bytes the arguments and results take. It is measured now and then. */
  readonly bytes?: number;
  /** A short text of the arguments of the call with this index in the batch; only while the event is being delivered. */
  argumentOf(index: number): string;
}

/** A call has failed. */
export interface TaskFailedEvent {
  readonly pool: number;
  readonly function: string;
  /** The index in its map; 0 for a submit. */
  readonly index: number;
  readonly workerId: number;
  readonly error: unknown;
  readonly at: number;
}

/** What is published, by the keys of {@link channelNames}. */
export interface ChannelEvents {
  readonly poolOpen: PoolOpenEvent;
  readonly poolClose: PoolCloseEvent;
  readonly workerStart: WorkerStartEvent;
  readonly workerUp: WorkerUpEvent;
  readonly workerExit: WorkerExitEvent;
  readonly mapStart: MapStartEvent;
  readonly mapEnd: MapEndEvent;
  readonly batchSent: BatchSentEvent;
  readonly batchResults: BatchResultsEvent;
  readonly taskFailed: TaskFailedEvent;
}

let pools = 0;
let maps = 0;

/** The number of a new pool. */
export function nextPoolNumber(): number {
  return ++pools;
}

/** The number of a new map. */
export function nextMapNumber(): number {
  return ++maps;
}
