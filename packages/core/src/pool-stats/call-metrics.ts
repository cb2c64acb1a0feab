import { Distribution } from "./distribution.ts";
import type { FunctionStats, WorkerStats } from "./pool-stats.ts";
import { WorkerRecord } from "./worker-record.ts";

/** Messages that are remembered for windows, over all workers; more reach further back and take 80 bytes each. */
const mostRemembered = 20_000;

/** Messages of one worker and function within this many milliseconds are remembered as one. */
const mergeWithin = 10;

/** Workers that are gone and functions by name that are remembered; more than that are counted together or forgotten. */
const mostGone = 1_000;
const mostFunctions = 1_000;

interface Remembered {
  readonly worker: number;
  readonly name: string;
  at: number;
  calls: number;
  failed: number;
  microseconds: number;
}

interface FunctionRecord {
  calls: number;
  failed: number;
  readonly runTime: Distribution;
}

/**
 * What a pool's workers and functions did, counted per message of a worker, not per call: tiny calls cost nothing more.
 * Times are milliseconds of `performance.now()`.
 */
export class CallMetrics {
  readonly #workers: Map<number, WorkerRecord> = new Map();
  readonly #functions: Map<string, FunctionRecord> = new Map();
  // The newest messages; a ring once it is full.
  readonly #remembered: Remembered[] = [];
  readonly #latest: Map<string, Remembered> = new Map();
  #next = 0;

  /** A worker is being started. */
  started(workerId: number, now: number): WorkerRecord {
    const record = new WorkerRecord(workerId, now);
    this.#workers.set(workerId, record);
    if (this.#workers.size > mostGone) this.#forgetGone();
    return record;
  }

  worker(workerId: number): WorkerRecord | undefined {
    return this.#workers.get(workerId);
  }

  /** Calls of one function have ended on a worker, that ran for this many microseconds together. */
  ended(
    workerId: number,
    name: string,
    calls: number,
    failed: number,
    microseconds: number,
    now: number,
  ): void {
    if (calls === 0) return;
    const known = this.#functions.has(name) || this.#functions.size < mostFunctions;
    const key = known ? name : "(others)";
    count(this.#functions, key, calls, failed, microseconds);
    this.#remember(workerId, key, calls, failed, microseconds, now);
  }

  stats(
    window: number | undefined,
    now: number,
  ): { readonly byWorker: readonly WorkerStats[]; readonly byFunction: readonly FunctionStats[] } {
    if (window === undefined) {
      const byWorker = [...this.#workers.values()].map((one) => one.stats(Number.NEGATIVE_INFINITY, now));
      return { byWorker, byFunction: summaries(this.#functions) };
    }
    return this.#since(now - window, now);
  }

  #since(from: number, now: number): ReturnType<CallMetrics["stats"]> {
    const workers = new Map<number, { calls: number; failed: number; work: number }>();
    const functions = new Map<string, FunctionRecord>();
    for (const { worker, name, at, calls, failed, microseconds } of this.#remembered) {
      if (at <= from) continue;
      const ofWorker = workers.get(worker) ?? { calls: 0, failed: 0, work: 0 };
      workers.set(worker, ofWorker);
      ofWorker.calls += calls;
      ofWorker.failed += failed;
      // A call that began before the window counts in it by the part that lies inside.
      ofWorker.work += Math.min(microseconds / 1000, at - from);
      count(functions, name, calls, failed, microseconds);
    }
    const nothing = { calls: 0, failed: 0, work: 0 };
    return {
      byWorker: [...this.#workers.values()]
        .filter((one) => one.isAfter(from))
        .map((one) => one.stats(from, now, workers.get(one.workerId) ?? nothing)),
      byFunction: summaries(functions),
    };
  }

  #remember(
    worker: number,
    name: string,
    calls: number,
    failed: number,
    microseconds: number,
    at: number,
  ): void {
    const key = `${worker} ${name}`;
    const latest = this.#latest.get(key);
    // The first message of a merged one says when it was: a window must not take in what came before it.
    if (latest !== undefined && at - latest.at < mergeWithin && microseconds < mergeWithin * 1000) {
      latest.calls += calls;
      latest.failed += failed;
      latest.microseconds += microseconds;
      return;
    }
    const one: Remembered = { worker, name, at, calls, failed, microseconds };
    if (this.#latest.size > 4 * mostFunctions) this.#latest.clear();
    this.#latest.set(key, one);
    if (this.#remembered.length < mostRemembered) this.#remembered.push(one);
    else this.#remembered[this.#next++ % mostRemembered] = one;
  }

  #forgetGone(): void {
    for (const [workerId, record] of this.#workers) {
      if (!record.gone) continue;
      this.#workers.delete(workerId);
      if (this.#workers.size <= mostGone) return;
    }
  }
}

function count(
  functions: Map<string, FunctionRecord>,
  name: string,
  calls: number,
  failed: number,
  microseconds: number,
): void {
  const record = functions.get(name) ?? { calls: 0, failed: 0, runTime: new Distribution() };
  functions.set(name, record);
  record.calls += calls;
  record.failed += failed;
  record.runTime.add(microseconds / calls, calls);
}

function summaries(functions: ReadonlyMap<string, FunctionRecord>): readonly FunctionStats[] {
  return [...functions].map(([name, { calls, failed, runTime }]) => ({
    name,
    calls,
    failed,
    runTime: runTime.summary(),
  }));
}
