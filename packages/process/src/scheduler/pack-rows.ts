import { pack } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import type { ValueColumn } from "../wire.ts";
import { isPrimitive } from "./pack-arguments.ts";

/** Rows in their travelling form, and why the one after them cannot travel, if that is so. */
export interface PackedRows {
  readonly values: ValueColumn;
  readonly refused?: { readonly error: unknown };
}

/** Packs rows, bare values or arrays of arguments, up to the first that cannot travel. */
export function packRows(rows: ValueColumn, arity: number, medium: "thread" | "spawn"): PackedRows {
  if (rows instanceof Float64Array || (arity === 1 && rows.every(isPrimitive))) return { values: rows };
  const packOne = (value: unknown, number: number): unknown =>
    pack(value, undefined, medium, `argument ${number}`);
  const values: unknown[] = [];
  try {
    for (const row of rows) {
      values.push(
        arity === 1 ? packOne(row, 1) : (row as unknown[]).map((value, at) => packOne(value, at + 1)),
      );
    }
    return { values };
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error;
    return { values, refused: { error } };
  }
}
