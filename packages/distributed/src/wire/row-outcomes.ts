import { SerializationError } from "@concurrent-futures/core";

/** What became of a chunk's rows: a result or an error for each, and at which places the errors are. */
export type RowOutcomes = readonly [values: readonly unknown[], failed: readonly number[]];

/** What a worker says of a chunk of so many rows. @throws SerializationError when it says something else */
export function checkRowOutcomes(data: unknown, count: number): RowOutcomes {
  if (Array.isArray(data) && data.length === 2) {
    const [values, failed] = data as unknown[];
    const isPlace = (place: unknown): boolean =>
      Number.isSafeInteger(place) && (place as number) >= 0 && (place as number) < count;
    if (
      Array.isArray(values) &&
      values.length === count &&
      Array.isArray(failed) &&
      failed.length <= count &&
      failed.every(isPlace)
    )
      return [values, failed];
  }
  throw new SerializationError(`Expected a worker's outcomes of ${count} rows, got something else.`);
}
