import { pack } from "@concurrent-futures/callable";
import { ArgumentTypeError } from "@concurrent-futures/core";
import { describeValue, isIterable } from "@concurrent-futures/core/options";
import type { ValueColumn } from "../wire.ts";
import { isPrimitive } from "./pack-arguments.ts";

/** Rows in their travelling form, and why the one after them cannot travel, if that is so. */
export interface PackedRows {
  readonly values: ValueColumn;
  readonly refused?: { readonly error: unknown };
}

/**
 * Packs rows, bare values or lists of arguments, up to the first that cannot travel. Whatever a row throws while it is
 * packed, from a getter, an iterator or `[reduce]`, is the error of that row alone.
 */
export function packRows(rows: ValueColumn, arity: number, medium: "thread" | "spawn"): PackedRows {
  if (rows instanceof Float64Array || (arity === 1 && rows.every(isPrimitive))) return { values: rows };
  const packOne = (value: unknown, number: number): unknown =>
    isPrimitive(value) ? value : pack(value, undefined, medium, `argument ${number}`);
  const values: unknown[] = [];
  try {
    for (const row of rows)
      values.push(
        arity === 1 ? packOne(row, 1) : argumentsOf(row).map((value, at) => packOne(value, at + 1)),
      );
    return { values };
  } catch (error) {
    return { values, refused: { error } };
  }
}

/** Any iterable is a row of arguments, as in Python. */
function argumentsOf(row: unknown): readonly unknown[] {
  if (!isIterable(row))
    throw new ArgumentTypeError(
      `Expected each row to be an iterable of arguments, got ${describeValue(row)}.`,
    );
  return [...(row as Iterable<unknown>)];
}
