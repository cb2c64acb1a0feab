import { type CallableRef, describe } from "@concurrent-futures/callable";
import type { AnyFunction } from "@concurrent-futures/core";
import { noteSent } from "../repeated-sends.ts";
import { FunctionEntry } from "./function-entry.ts";

/** Workers keep what lasts. More keeps memory for programs that make functions without end and send each a few times. */
const maxConstants = 1_000;

/** Gives each description that lasts one entry, and each snapshot of a closure one of its own. */
export class FunctionRegistry {
  readonly #entries: WeakMap<CallableRef, FunctionEntry> = new WeakMap();
  readonly #medium: "thread" | "spawn";
  #next = 0;
  #constants = 0;
  // Loops submit the same function again and again.
  #lastFn: AnyFunction | undefined;
  #last: FunctionEntry | undefined;

  constructor(medium: "thread" | "spawn") {
    this.#medium = medium;
  }

  /** @throws SerializationError when the function cannot travel */
  entryOf(fn: AnyFunction): FunctionEntry {
    if (fn === this.#lastFn) return this.#last as FunctionEntry;
    const ref = describe(fn, this.#medium, noteSent);
    let entry = this.#entries.get(ref);
    if (entry === undefined) {
      if (!this.#lasts(ref)) return new FunctionEntry(this.#next++, ref, fn.name, true);
      entry = new FunctionEntry(this.#next++, ref, fn.name, false);
      this.#entries.set(ref, entry);
    }
    if (ref.kind === "reference") {
      this.#lastFn = fn;
      this.#last = entry;
    }
    return entry;
  }

  /** By value, most descriptions show the captured variables of one moment. */
  #lasts(ref: CallableRef): boolean {
    if (ref.kind === "reference") return true;
    return ref.constant === true && this.#constants++ < maxConstants;
  }
}
