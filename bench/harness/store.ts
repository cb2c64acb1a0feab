import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Curve, Results, Row } from "./rows.ts";

/** Where the last results are kept; the file is found from dist/harness. */
export const latestFile: string = fileURLToPath(new URL("../../results/latest.json", import.meta.url));

/** Reads results; undefined where there are none yet. */
export function readResults(file: string): Results | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : undefined;
}

/** Writes results, readable and ending in a newline. */
export function writeResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, roundNumbers, 1)}\n`);
}

/** Puts new rows in the place of older ones of the same case and scale; cases that did not run keep their last row. */
export function mergeResults(
  before: Results | undefined,
  now: Omit<Results, "rows" | "growth" | "curve">,
  fresh: {
    readonly rows: readonly Row[];
    readonly growth: readonly Row[];
    readonly curve: Curve | undefined;
  },
): Results {
  const growth = mergeRows(before?.growth ?? [], fresh.growth);
  const curve = fresh.curve ?? before?.curve;
  return {
    ...now,
    rows: mergeRows(before?.rows ?? [], fresh.rows, (row) => row.case),
    ...(growth.length > 0 ? { growth } : {}),
    ...(curve === undefined ? {} : { curve }),
  };
}

const scaleOf = (row: Row): string => `${row.case} ${row.workers} ${row.times}`;

function mergeRows(
  before: readonly Row[],
  fresh: readonly Row[],
  keyOf: (row: Row) => string = scaleOf,
): Row[] {
  const rows = new Map(before.map((row) => [keyOf(row), row]));
  for (const row of fresh) rows.set(keyOf(row), row);
  return [...rows.values()];
}

/** Five significant digits are more than any of this deserves. */
function roundNumbers(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}
