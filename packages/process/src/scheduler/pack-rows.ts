import { snapshot } from "@concurrent-futures/callable";
import { ArgumentTypeError } from "@concurrent-futures/core";
import { describeValue, isIterable } from "@concurrent-futures/core/options";
import { movedToProcess } from "../shared-arrays.ts";
import type { Outgoing } from "./outgoing.ts";
import { isPrimitive, keepFor, takeRepeatable } from "./pack-arguments.ts";

/** A row that cannot be sent, and why. */
export class RefusedRow {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * A row, a bare value or a list of arguments, in its travelling form, as it is now. Whatever it throws while it is packed,
 * from a getter, an iterator or `[reduce]`, is the error of that row alone.
 */
export function packRow(
  row: unknown,
  arity: number,
  medium: "thread" | "spawn",
  outgoing: Outgoing,
): unknown {
  if (arity === 1 && isPrimitive(row)) return row;
  try {
    if (arity === 1) return packOne(row, 1, medium, outgoing);
    return argumentsOf(row).map((value, at) => packOne(value, at + 1, medium, outgoing));
  } catch (error) {
    return new RefusedRow(error);
  }
}

function packOne(value: unknown, number: number, medium: "thread" | "spawn", outgoing: Outgoing): unknown {
  if (isPrimitive(value)) return value;
  const began = outgoing.begin();
  const moved: object[] = [];
  const taken = medium === "spawn" ? movedToProcess(value, "kept") : value;
  const packed = snapshot(taken, moved, medium, `argument ${number}`);
  if (taken !== value) keepFor(packed, taken);
  outgoing.end(began);
  outgoing.sent(value);
  return moved.length === 0
    ? packed
    : takeRepeatable([packed], moved, "the rows of a map may go on to another worker")[0];
}

/** Any iterable is a row of arguments, as in Python. */
function argumentsOf(row: unknown): readonly unknown[] {
  if (!isIterable(row))
    throw new ArgumentTypeError(
      `Expected each row to be an iterable of arguments, got ${describeValue(row)}.`,
    );
  return [...(row as Iterable<unknown>)];
}
