import { type Item, record } from "./record.ts";

/** A chunk cut by hand. */
export function recordAll(ids: readonly number[]): Item[] {
  return ids.map(record);
}
