import { pack, packError } from "@concurrent-futures/callable/load";
import { SerializationError } from "@concurrent-futures/core/errors";
import type { NestedEnd } from "../nested-link.ts";
import { movedToProcess } from "../shared-arrays.ts";

/**
 * The outcome of a call that has run beside its caller, as it would have come from another worker: a copy, of which nobody else has
 * anything.
 */
export function keptResult(
  outcome: unknown,
  failed: boolean,
  medium: "thread" | "spawn",
): readonly [how: NestedEnd, value: unknown] {
  if (failed) return ["failed", structuredClone(packError(outcome))];
  if ((typeof outcome !== "object" || outcome === null) && !["function", "symbol"].includes(typeof outcome))
    return ["done", outcome];
  const transfer: object[] = [];
  try {
    const given = medium === "spawn" ? movedToProcess(outcome, "passed on") : outcome;
    const packed = pack(given, transfer, medium, "the result");
    return ["done", copied(packed, transfer)];
  } catch (error) {
    return ["failed", packError(error)];
  }
}

function copied(packed: unknown, transfer: readonly object[]): unknown {
  try {
    return structuredClone(packed, { transfer: transfer as ArrayBuffer[] });
  } catch (cause) {
    throw new SerializationError(
      `The result of the task cannot be sent back from the worker: ${String(cause)}. Return plain data, or give its class a [reduce]() method.`,
      { cause },
    );
  }
}
