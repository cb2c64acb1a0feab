import type { AnyFunction, Future, MapStats, Rows } from "@concurrent-futures/core";
import type { PoolStats } from "@concurrent-futures/core/pool-stats";
import type { JobOptions } from "@concurrent-futures/process/workers";

/** One `map` or `imap` in flight: a `MapJob` of workers, or an `EventLoopJob`. */
export interface PoolJob {
  /** The next result; rejects with the error of its call, and goes on after it. */
  next(): Promise<IteratorResult<unknown, undefined>>;
  /** Resolves when every call has ended, however. */
  ended(): Promise<void>;
  stats(): MapStats;
  /** What its running calls have said of themselves, in calls. */
  underWay(): number;
  /** Nobody wants the rest. */
  close(): void;
  /** All results, after `ended`. @throws what the input has thrown */
  takeAll(): unknown[];
  readonly complete: boolean;
  /** Whether the pool or the input has failed, and nothing but that is left to be read. */
  readonly stopped: boolean;
  /** The failure that came first. */
  readonly firstFailure: { readonly error: unknown } | undefined;
}

/** What a pool runs its calls on: the scheduler of workers, or this event loop. */
export interface PoolEngine {
  submit(fn: AnyFunction, args: readonly unknown[], options: undefined, above: Function): Future<unknown>;
  map(fn: AnyFunction, rows: Rows, window: number, options: JobOptions, above: Function): PoolJob;
  /** Blocks this thread until the condition holds. */
  blockUntil(condition: () => boolean, timeout: number | undefined): void;
  /** No more calls; maps go on as far as they are read. */
  close(): void;
  /** Resolves when all is done and the workers are gone: maps no longer wait for their readers. */
  join(): Promise<void>;
  terminate(how: "terminate", by: string): void;
  stats(window?: number): PoolStats;
}
