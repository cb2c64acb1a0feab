import { mostCalls as mostRows } from "../wire/job-header.ts";
import type { Call } from "./call.ts";

/** How long the calls of one job should run together, in microseconds: enough that its way is small beside it. */
const wantedTime = 20_000;
/** Work in a job that is not cut smaller to be shared out: a job's way costs submitter, Redis and worker some milliseconds together. */
const worthAJob = 5_000;
/** A call's part in its job's way, whatever it does: it is read and answered. */
const leastTime = 5;
/** Calls in one job, at most: each by itself, and as rows, which cost a worker less. */
const mostCalls = { alone: 1, beside: 500, row: 4_000 } as const;
/** Bytes of arguments in one job, so that they lie in the job itself. */
const mostBytes = 40 * 1024;
/** The same where a map has a size of its own. */
const mostChunkBytes = 4 * 2 ** 20;
/** Calls of a function that leave one by one before anything is known of it. Rows of a map come in crowds. */
const firstCalls = { alone: 0, beside: 64, row: 8 } as const;
/** Milliseconds for which the others wait to know more. */
const patience = 100;
/** Functions that are remembered. */
const mostFunctions = 1_000;

interface Known {
  /** When the first call left, or more were allowed to. */
  since: number;
  left: number;
  /** How many may leave one by one. */
  allowed: number;
  /** Microseconds of a call, lately; undefined until one has run. */
  runTime: number | undefined;
}

/** How many calls of a function travel together, by what the calls before have taken. */
export class Bundling {
  readonly #functions: Map<string, Known> = new Map();

  /** This many calls like this one have run for this many microseconds together. */
  ran(call: Call<unknown>, count: number, microseconds: number): void {
    const known = this.#functions.get(call.named.key);
    if (known === undefined || count === 0) return;
    const time = Math.max(microseconds / count, leastTime);
    const share = 0.8 ** count;
    known.runTime = known.runTime === undefined ? time : share * known.runTime + (1 - share) * time;
  }

  /**
   * Takes the calls of the next job from the front of those that wait.
   *
   * @returns none when it is better to wait until more is known.
   */
  take(waiting: readonly Call<unknown>[], from: number, now: number): readonly Call<unknown>[] {
    const first = waiting[from] as Call<unknown>;
    const { grouping, chunksize, named } = first;
    if (grouping === "alone") return [first];
    if (chunksize !== undefined) {
      return alike(waiting, from, Math.min(chunksize, mostRows), mostChunkBytes);
    }
    const known = this.#known(named.key, now);
    if (known.runTime === undefined) {
      known.allowed ||= firstCalls[grouping];
      if (known.left >= known.allowed) {
        if (now - known.since < patience) return [];
        // They take their time, or no worker is there yet: more and more leave, which many workers may want.
        known.since = now;
        known.allowed *= 2;
      }
      known.left++;
      return [first];
    }
    // A share of what waits, so that several workers have something to do.
    const share = Math.max(Math.ceil((waiting.length - from) / 8), Math.floor(worthAJob / known.runTime));
    const fitting = Math.floor(wantedTime / known.runTime);
    return alike(waiting, from, Math.max(Math.min(fitting, share, mostCalls[grouping]), 1), mostBytes);
  }

  #known(key: string, now: number): Known {
    let known = this.#functions.get(key);
    if (known === undefined) {
      if (this.#functions.size >= mostFunctions) this.#functions.clear();
      known = { since: now, left: 0, allowed: 0, runTime: undefined };
      this.#functions.set(key, known);
    }
    return known;
  }
}

/** The calls from this place on that may share a job: this many at most, and those that begin within this many bytes. */
function alike(
  waiting: readonly Call<unknown>[],
  from: number,
  limit: number,
  mostBytes: number,
): readonly Call<unknown>[] {
  const first = waiting[from] as Call<unknown>;
  const calls = [first];
  let bytes = first.args.bytes.byteLength;
  for (let at = from + 1; at < waiting.length && calls.length < limit && bytes < mostBytes; at++) {
    const call = waiting[at] as Call<unknown>;
    if (!call.goesWith(first) || call.done()) break;
    calls.push(call);
    bytes += call.args.bytes.byteLength;
  }
  return calls;
}
