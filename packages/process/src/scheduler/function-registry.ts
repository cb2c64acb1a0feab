import { type CallableRef, describe } from "@concurrent-futures/callable";
import type { AnyFunction } from "@concurrent-futures/core";
import { noteSent } from "../repeated-sends.ts";
import { FunctionEntry } from "./function-entry.ts";

/** Gives each function that travels by reference one entry, and each snapshot of a closure one of its own. */
export class FunctionRegistry {
  readonly #entries: WeakMap<object, FunctionEntry> = new WeakMap();
  readonly #medium: "thread" | "spawn";
  #next = 0;
  // Loops submit the same function again and again.
  #lastFn: AnyFunction | undefined;
  #last: FunctionEntry | undefined;

  constructor(medium: "thread" | "spawn") {
    this.#medium = medium;
  }

  /** @throws SerializationError when the function cannot travel */
  entryOf(fn: AnyFunction): FunctionEntry {
    if (fn === this.#lastFn) return this.#last as FunctionEntry;
    const known = this.#entries.get(fn);
    if (known !== undefined) {
      this.#lastFn = fn;
      this.#last = known;
      return known;
    }
    const ref = describe(fn, this.#medium, noteSent);
    const transient = isSnapshot(ref);
    const entry = new FunctionEntry(this.#next++, ref, fn.name, transient);
    if (!transient) this.#entries.set(fn, entry);
    return entry;
  }
}

/** A reference is good for ever; a snapshot shows the captured variables of one moment. */
function isSnapshot(ref: CallableRef): boolean {
  return ref.kind === "value";
}
