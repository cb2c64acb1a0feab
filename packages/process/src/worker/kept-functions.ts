import type { CallableRef } from "@concurrent-futures/callable";
import { load } from "@concurrent-futures/callable/load";
import type { Loaded } from "./function-table.ts";

/** What is known of a function that nested calls run. */
export interface KeptFunction {
  readonly ref: CallableRef;
  loaded: Loaded | undefined;
  /** Microseconds of a call, as far as they are known: the mean, and the longest of late. Negative before the first. */
  mean: number;
  longest: number;
  /** Calls that have ended since they were last reported. */
  calls: number;
  failed: number;
  microseconds: number;
}

/** How much of what was known counts when another call has been measured. */
const memory = 0.9;
/** One call counts for no more microseconds than this: a busy machine makes a few look long that are not. */
const atMost = 1_000;
/** The longest of late fades by this with each call: an exception is remembered for some hundred. */
const fading = 0.99;

/** The functions that nested calls of this worker run, by their descriptions. */
export class KeptFunctions {
  readonly #byRef: WeakMap<CallableRef, KeptFunction> = new WeakMap();
  readonly #byAddress: Map<string, KeptFunction> = new Map();
  readonly #unreported: Set<KeptFunction> = new Set();

  of(ref: CallableRef): KeptFunction {
    let found = this.#byRef.get(ref);
    if (found !== undefined) return found;
    const address = ref.kind === "reference" ? [ref.url, ...ref.path].join("\u0000") : undefined;
    found = address === undefined ? undefined : this.#byAddress.get(address);
    found ??= { ref, loaded: undefined, mean: -1, longest: 0, calls: 0, failed: 0, microseconds: 0 };
    this.#byRef.set(ref, found);
    if (address !== undefined) this.#byAddress.set(address, found);
    return found;
  }

  /** The function itself, now or later. What throws is tried again by the next call. */
  load(fn: KeptFunction): Loaded {
    fn.loaded ??= this.#begin(fn);
    return fn.loaded;
  }

  #begin(fn: KeptFunction): Loaded {
    const loading = load(fn.ref);
    if (typeof loading === "function") return loading;
    return loading.then(
      (loaded) => {
        fn.loaded = loaded;
        return loaded;
      },
      (error: unknown) => {
        fn.loaded = undefined;
        throw error;
      },
    );
  }

  /** A call of it that was known to run here has ended. */
  ended(fn: KeptFunction, microseconds: number, failed: boolean): void {
    this.measured(fn, microseconds);
    fn.calls++;
    if (failed) fn.failed++;
    fn.microseconds += microseconds;
    this.#unreported.add(fn);
  }

  /** A call of it has taken so long, wherever it was counted. */
  measured(fn: KeptFunction, microseconds: number): void {
    const counted = Math.min(microseconds, atMost);
    fn.mean = fn.mean < 0 ? counted : fn.mean * memory + counted * (1 - memory);
    fn.longest = Math.max(fn.longest * fading, microseconds);
  }

  /** Those that have run since this was asked last. */
  takeUnreported(): readonly KeptFunction[] {
    if (this.#unreported.size === 0) return [];
    const all = [...this.#unreported];
    this.#unreported.clear();
    return all;
  }
}
