import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { ArgumentTypeError } from "@concurrent-futures/core";
import {
  type BatchResultsEvent,
  channelNames,
  type MapEndEvent,
  type WorkerExitEvent,
} from "@concurrent-futures/core/channels";
import { checkBoolean, checkInteger, checkOptions, describeValue } from "@concurrent-futures/core/options";
import type { PoolStats } from "@concurrent-futures/core/pool-stats";
import { type LastCall, lastCallOf } from "./last-call.ts";
import { type Segment, Segments } from "./segments.ts";
import { type TransferStats, Transfers, UnreadResults, type UnreadStats } from "./sending.ts";
import { type SlowCall, SlowestCalls } from "./slowest-calls.ts";

/** Any of the three pools. */
export interface Recordable {
  stats(): PoolStats;
}

/** The second argument of a `Recorder`. */
export interface RecorderOptions {
  /** The file for a page with everything in it. @default none is written */
  readonly report?: string;
  /** The file for a trace in Chrome's format, for Perfetto or `chrome://tracing`. @default none is written */
  readonly trace?: string;
  /** Whether the slowest calls are shown with a short text of their arguments. @default true */
  readonly previewArguments?: boolean;
  /**
   * How many segments are kept by themselves; beyond, older ones are merged, and the page says so. A segment takes some 150
   * bytes of memory and of the page. At least 100.
   * @default 20,000
   */
  readonly maxSegments?: number;
}

const known = ["report", "trace", "previewArguments", "maxSegments"] as const;

/** What `recorder.stats()` gives: the pool's own, and what only a recorder sees. */
export interface RecorderStats extends PoolStats {
  /** The share of time that the main thread's event loop was busy since the recording began, 0 to 1. */
  readonly eventLoop: number;
  /** Workers that died without having been told to. */
  readonly deaths: number;
  readonly slowest: readonly SlowCall[];
  readonly transfer: TransferStats;
  /** The map whose reader was furthest behind when its last call ended; missing where each kept up, or had 0.2 seconds at most. */
  readonly unread?: UnreadStats;
  /** The call that ended last, and how long it ran alone; missing where only one worker has worked. */
  readonly lastCall?: LastCall;
}

/** A recording as data: what is in the report. */
export interface Recording {
  readonly began: number;
  readonly ended: number;
  readonly stats: RecorderStats;
  readonly segments: readonly Segment[];
  /** How many segments were merged into others, and within how many milliseconds. */
  readonly merged: { readonly segments: number; readonly within: number };
  /** How many calls are in none of the segments, as happens with more workers than segments. */
  readonly leftOut: number;
}

/**
 * Records what a pool does from now on, and writes it down when it is closed or disposed, also when the block throws: a page that
 * needs no network, with a timeline of each worker, tables, the slowest calls and {@link verdicts}; and a trace for
 * Perfetto. Memory is bounded; what was merged is said on the page.
 *
 * @example
 * ```ts
 * import { ProcessPoolExecutor } from "concurrent-futures";
 * import { Recorder } from "concurrent-futures/insights";
 *
 * await using pool = new ProcessPoolExecutor();
 * await using recorder = new Recorder(pool, { report: "run.html", trace: "run.json" });
 * await pool.map(Math.sqrt, [1, 4, 9]).toArray();
 * ```
 */
export class Recorder implements AsyncDisposable {
  readonly #pool: Recordable;
  readonly #options: RecorderOptions;
  readonly #number: number;
  readonly #segments: Segments;
  readonly #slowest: SlowestCalls;
  readonly #transfers: Transfers = new Transfers();
  readonly #unread: UnreadResults = new UnreadResults();
  readonly #began: number = performance.timeOrigin + performance.now();
  readonly #loop = performance.eventLoopUtilization();
  #deaths = 0;
  #final: Recording | undefined;
  readonly #onResults = (event: unknown): void => this.#results(event as BatchResultsEvent);
  readonly #onMapEnd = (event: unknown): void => {
    if ((event as MapEndEvent).pool === this.#number) this.#unread.add(event as MapEndEvent);
  };
  readonly #onExit = (event: unknown): void => {
    const { pool, expected } = event as WorkerExitEvent;
    if (pool === this.#number && !expected) this.#deaths++;
  };

  /** @throws ArgumentTypeError, ValueError for values that are not pools, and for wrong options */
  constructor(pool: Recordable, options: RecorderOptions = {}) {
    checkOptions("options", options, known);
    for (const name of ["report", "trace"] as const) {
      const path = options[name];
      if (path !== undefined && (typeof path !== "string" || path === ""))
        throw new ArgumentTypeError(
          `Expected \`${name}\` to be the path of a file, got ${describeValue(path)}.`,
        );
    }
    const { previewArguments = true, maxSegments = 20_000 } = options;
    checkInteger("maxSegments", maxSegments, 100);
    checkBoolean("previewArguments", previewArguments);
    if (typeof (pool as Recordable | undefined)?.stats !== "function")
      throw new ArgumentTypeError(
        `Expected \`pool\` to be a ProcessPoolExecutor, a ThreadPoolExecutor or a Pool, got ${describeValue(pool)}.`,
      );
    this.#pool = pool;
    this.#options = options;
    this.#number = pool.stats().pool;
    this.#segments = new Segments(maxSegments);
    this.#slowest = new SlowestCalls(previewArguments);
    subscribe(channelNames.batchResults, this.#onResults);
    subscribe(channelNames.mapEnd, this.#onMapEnd);
    subscribe(channelNames.workerExit, this.#onExit);
  }

  /** The pool's `stats()`, and more. After `close()`: those of its end. */
  stats(): RecorderStats {
    if (this.#final !== undefined) return this.#final.stats;
    const unread = this.#unread.stats;
    const lastCall = lastCallOf(this.#segments.all);
    return {
      ...this.#pool.stats(),
      eventLoop: performance.eventLoopUtilization(this.#loop).utilization,
      deaths: this.#deaths,
      slowest: [...this.#slowest.all],
      transfer: this.#transfers.stats,
      ...(unread && { unread }),
      ...(lastCall && { lastCall }),
    };
  }

  /** All that was recorded, as data. `JSON.stringify` calls it. */
  toJSON(): Recording {
    return (
      this.#final ?? {
        began: this.#began,
        ended: performance.timeOrigin + performance.now(),
        stats: this.stats(),
        segments: [...this.#segments.all],
        merged: this.#segments.merged,
        leftOut: this.#segments.leftOut,
      }
    );
  }

  /** Writes the page, as it is now. */
  async writeReport(path: string): Promise<void> {
    // The page and its script are loaded when one is written, not with this package.
    const { reportPage } = await import("./report-page.ts");
    await writeFile(path, reportPage(this.toJSON()));
  }

  /** Writes the trace, as it is now. */
  async writeTrace(path: string): Promise<void> {
    const { chromeTrace } = await import("./chrome-trace.ts");
    await writeFile(path, JSON.stringify(chromeTrace(this.toJSON())));
  }

  /**
   * Ends the recording and writes the files that were asked for, as leaving the block of `await using` does. Call it in `finally` where
   * there is no `await using`: a recorder that is neither closed nor disposed writes nothing. A second call does nothing.
   *
   * @throws the error of the file system, when a file cannot be written; an AggregateError for two
   *
   * @example
   * ```ts
   * import { ThreadPoolExecutor } from "concurrent-futures";
   * import { Recorder } from "concurrent-futures/insights";
   *
   * const pool = new ThreadPoolExecutor(2);
   * const recorder = new Recorder(pool, { report: "run.html" });
   * try {
   *   await pool.map(Math.sqrt, [1, 4, 9]).toArray();
   * } finally {
   *   await recorder.close();
   *   await pool.shutdown();
   * }
   * ```
   */
  async close(): Promise<void> {
    if (this.#final !== undefined) return;
    this.#final = this.toJSON();
    unsubscribe(channelNames.batchResults, this.#onResults);
    unsubscribe(channelNames.mapEnd, this.#onMapEnd);
    unsubscribe(channelNames.workerExit, this.#onExit);
    const { report, trace } = this.#options;
    // One that cannot be written takes nothing from the other.
    const written = await Promise.allSettled([
      report === undefined ? undefined : this.writeReport(report),
      trace === undefined ? undefined : this.writeTrace(trace),
    ]);
    const errors = written.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    if (errors.length > 1)
      throw new AggregateError(errors, "Neither the report nor the trace could be written");
    if (errors.length === 1) throw errors[0];
  }

  /** Does what {@link Recorder.close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #results(event: BatchResultsEvent): void {
    if (event.pool !== this.#number || event.count === 0) return;
    const { workerId, at, work, count, failed } = event;
    this.#segments.add({
      workerId,
      function: event.function,
      from: at - work,
      to: at,
      calls: count,
      failed,
    });
    this.#slowest.add(event);
    this.#transfers.add(event);
  }
}
