import { type CarriedValue, carriedValues } from "@concurrent-futures/core/carry";
import type { RunExtras } from "../wire.ts";
import type { CarriedCall } from "../wire-nested.ts";
import type { FunctionEntry } from "./function-entry.ts";
import type { FunctionDescription, FunctionRegistry } from "./function-registry.ts";

/** What a call takes along, with the functions that restore it in the worker. */
export interface Carried {
  readonly entries: readonly FunctionEntry[];
  readonly call: CarriedCall;
}

/** Captures what calls take along: one object for calls in a row that take the same. */
export class CarriedCalls {
  readonly #functions: FunctionRegistry;
  #values: readonly CarriedValue[] | undefined;
  #last: Carried | undefined;

  constructor(functions: FunctionRegistry) {
    this.#functions = functions;
  }

  /** @throws what a carrier throws */
  capture(): Carried | undefined {
    const values = carriedValues();
    if (values === this.#values) return this.#last;
    this.#values = values;
    this.#last = values && this.#describe(values);
    return this.#last;
  }

  /** What a nested call takes along, as its worker has said. */
  received(along: readonly (readonly [FunctionDescription, string])[]): Carried {
    const entries = along.map(([description]) => this.#functions.entryOfDescription(description));
    return { entries, call: along.map(([, value], at) => [entries[at]?.number ?? -1, value] as const) };
  }

  #describe(values: readonly CarriedValue[]): Carried {
    const entries = values.map(({ restore }) => this.#functions.entryOf(restore));
    return { entries, call: values.map(({ value }, at) => [entries[at]?.number ?? -1, value] as const) };
  }
}

/** A call, or all calls of a map. */
interface WithCarried {
  readonly carried: Carried | undefined;
}

/** What the message of a batch says of it: once, where all of its calls take the same along. */
export function carriedTogether(
  calls: readonly WithCarried[],
): Pick<RunExtras, "carried" | "carriedEach"> | undefined {
  const first = calls[0]?.carried;
  for (const { carried } of calls)
    if (carried !== first) return { carriedEach: calls.map((one) => one.carried?.call) };
  return first && { carried: first.call };
}

/** The functions of a batch, with those that restore what its calls take along. */
export function withRestoring(
  own: Iterable<FunctionEntry>,
  calls: readonly WithCarried[],
): Iterable<FunctionEntry> {
  if (calls.every(({ carried }) => carried === undefined)) return own;
  return new Set([...own, ...calls.flatMap(({ carried }) => carried?.entries ?? [])]);
}
