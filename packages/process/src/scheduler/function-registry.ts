import { type CallableRef, describe } from "@concurrent-futures/callable";
import type { AnyFunction } from "@concurrent-futures/core";
import { noteSent } from "../repeated-sends.ts";
import { Descriptions } from "./descriptions.ts";
import { FunctionEntry } from "./function-entry.ts";

/** Workers keep what lasts. More keeps memory for programs that make functions without end and send each a few times. */
const maxConstants = 1_000;

/** A function as a worker has described it. */
export interface FunctionDescription {
  readonly ref: CallableRef;
}

/** Gives each description that lasts one entry, and each snapshot of a closure one of its own. */
export class FunctionRegistry {
  readonly descriptions: Descriptions = new Descriptions();
  readonly #entries: WeakMap<CallableRef, FunctionEntry> = new WeakMap();
  readonly #byAddress: Map<string, FunctionEntry> = new Map();
  readonly #medium: "thread" | "spawn";
  #next = 0;
  #constants = 0;
  // Loops submit the same function again and again.
  #lastFn: AnyFunction | undefined;
  #last: FunctionEntry | undefined;

  constructor(medium: "thread" | "spawn") {
    this.#medium = medium;
  }

  /** One that was described elsewhere: one entry for each address, and one for each snapshot. */
  entryOfDescription({ ref }: FunctionDescription): FunctionEntry {
    if (ref.kind !== "reference") {
      const constant = this.#entries.get(ref);
      if (constant !== undefined) return constant;
      const lasts = this.#lasts(ref);
      const made = new FunctionEntry(this.#next++, ref, nameOf(ref), !lasts);
      if (lasts) this.#entries.set(ref, made);
      return made;
    }
    const key = [ref.url, ...ref.path].join("\u0000");
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    const entry = new FunctionEntry(this.#next++, ref, nameOf(ref), false);
    this.#byAddress.set(key, entry);
    return entry;
  }

  /** @throws SerializationError when the function cannot be sent */
  entryOf(fn: AnyFunction): FunctionEntry {
    if (fn === this.#lastFn) return this.#last as FunctionEntry;
    const began = this.descriptions.begin();
    const ref = describe(fn, this.#medium, noteSent);
    let entry = this.#entries.get(ref);
    if (entry === undefined) {
      if (!this.#lasts(ref)) {
        this.descriptions.add(fn.name, began);
        return new FunctionEntry(this.#next++, ref, fn.name, true);
      }
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

function nameOf({ name }: CallableRef): string {
  return typeof name === "string" ? name : "";
}
