/** A chunk cut by hand: what a user of a pool without `map` writes. */
export function squareAll(values: readonly number[]): number[] {
  return values.map((value) => value * value);
}
