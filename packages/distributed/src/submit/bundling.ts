import type { Call } from "./call.ts";

/** How long the calls of one job should run together, in microseconds: enough that its way is small beside it. */
const wantedTime = 20_000;
/** Calls in one job, at most. */
const mostCalls = 500;
/** Bytes of arguments in one job, so that they lie in the job itself. */
const mostBytes = 40 * 1024;
/** Calls of a function that leave one by one before anything is known of it. */
const firstCalls = 64;
/** Milliseconds for which the others wait to know more. */
const patience = 100;
/** Functions that are remembered. */
const mostFunctions = 1_000;

interface Known {
  /** When the first call left. */
  readonly since: number;
  left: number;
  /** Microseconds of a call, lately; undefined until one has run. */
  runTime: number | undefined;
}

/** How many calls of a function travel together, by what the calls before have taken. */
export class Bundling {
  readonly #functions: Map<string, Known> = new Map();

  /** A call has run for so many microseconds. */
  ran(call: Call<unknown>, microseconds: number): void {
    const known = this.#functions.get(call.fnKey);
    if (known !== undefined) {
      known.runTime = known.runTime === undefined ? microseconds : 0.8 * known.runTime + 0.2 * microseconds;
    }
  }

  /**
   * Takes the calls of the next job from the front of those that wait.
   *
   * @returns none when it is better to wait until more is known.
   */
  take(waiting: readonly Call<unknown>[], from: number, now: number): readonly Call<unknown>[] {
    const first = waiting[from] as Call<unknown>;
    if (first.alone) return [first];
    const known = this.#known(first.fnKey, now);
    if (known.runTime === undefined) {
      if (known.left >= firstCalls && now - known.since < patience) return [];
      known.left++;
      return [first];
    }
    // A share of what waits, so that several workers have something to do.
    const share = Math.ceil((waiting.length - from) / 8);
    const fitting = Math.floor(wantedTime / Math.max(known.runTime, 1));
    const limit = Math.max(Math.min(fitting, share, mostCalls), 1);
    const calls = [first];
    let bytes = first.args.bytes.byteLength;
    for (let at = from + 1; at < waiting.length && calls.length < limit && bytes < mostBytes; at++) {
      const call = waiting[at] as Call<unknown>;
      if (call.alone || call.fnKey !== first.fnKey || call.options !== first.options || call.done()) break;
      calls.push(call);
      bytes += call.args.bytes.byteLength;
    }
    return calls;
  }

  #known(key: string, now: number): Known {
    let known = this.#functions.get(key);
    if (known === undefined) {
      if (this.#functions.size >= mostFunctions) this.#functions.clear();
      known = { since: now, left: 0, runTime: undefined };
      this.#functions.set(key, known);
    }
    return known;
  }
}
