import { codeFromNetwork } from "../errors.ts";
import { isKnownExport } from "../load/exports.ts";
import type { Packed, Step } from "../wire.ts";

/** Steps that make data. All others bring code in, or reach for some: whoever could write to a socket would choose it. */
const harmless: ReadonlySet<Step["op"]> = new Set([
  "put",
  "symbol",
  "instance",
  "fields",
  "entries",
  "revive",
  "error",
  "buffer",
  "view",
  "url",
] as const);

/**
 * Refuses a packed value from another machine that would evaluate a text or import a module here. Classes and
 * functions may be named, if this side has named or loaded them itself before.
 *
 * @throws SerializationError
 */
export function checkFromNetwork(packed: Packed): void {
  for (const step of packed.steps) {
    if (harmless.has(step.op)) continue;
    if (step.op === "reference" && isKnownExport(step.address)) continue;
    throw codeFromNetwork(step.op === "reference" ? step.address.path.join(".") : step.op);
  }
}
