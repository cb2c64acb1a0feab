import type { CallableRef } from "@concurrent-futures/callable";
import { OwnMap } from "@concurrent-futures/callable/load";
import { mendBuiltins } from "./builtins.ts";

type AnyFunction = (...args: never[]) => unknown;

/** A function that is there, or will be. */
export type Loaded = AnyFunction | Promise<AnyFunction>;

interface Entry {
  readonly ref: CallableRef;
  loaded: Loaded | undefined;
}

/** The functions that the pool has named to this worker. Each is loaded by the first call that wants it. */
export class FunctionTable {
  readonly #load: (ref: CallableRef) => Loaded;
  readonly #entries: OwnMap<number, Entry> = new OwnMap();
  // Calls of the same function follow each other nearly always.
  #lastNumber = -1;
  #last: AnyFunction | undefined;

  constructor(load: (ref: CallableRef) => Loaded) {
    this.#load = load;
  }

  define(add: readonly (readonly [number, CallableRef])[], forget: readonly number[]): void {
    for (const [number, ref] of add) this.#entries.set(number, { ref, loaded: undefined });
    for (const number of forget) this.#entries.delete(number);
  }

  /** Rejects or throws when the function cannot be loaded; the next call tries again. */
  get(number: number): Loaded {
    if (number === this.#lastNumber && this.#last !== undefined) return this.#last;
    const entry = this.#entries.get(number);
    if (entry === undefined) throw new Error(`function ${number} was never named to this worker`);
    entry.loaded ??= this.#begin(entry);
    if (typeof entry.loaded === "function") {
      this.#lastNumber = number;
      this.#last = entry.loaded;
    }
    return entry.loaded;
  }

  refOf(number: number): CallableRef | undefined {
    return this.#entries.get(number)?.ref;
  }

  #begin(entry: Entry): Loaded {
    mendBuiltins();
    const loading = this.#load(entry.ref);
    if (typeof loading === "function") return loading;
    return loading.then(
      (fn) => {
        entry.loaded = fn;
        return fn;
      },
      (error: unknown) => {
        entry.loaded = undefined;
        throw error;
      },
    );
  }
}
