/** The middle of the sorted values; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** How far the rounds lie apart, as a part of their median: (largest - smallest) / median. */
export function spread(values: readonly number[]): number {
  if (values.length < 2) return 0;
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** How many times less `ours` costs than `reference`, by their medians. Above 1: we are cheaper. */
export function ratio(reference: readonly number[], ours: readonly number[]): number {
  return median(reference) / median(ours);
}

/**
 * The shortest time in which that many workers can do tasks of these lengths when each takes the next in order as soon
 * as it is free: what a perfect pool without any cost of its own would need.
 */
export function listSchedule(lengths: readonly number[], workers: number): number {
  const free = new Array<number>(workers).fill(0);
  for (const length of lengths) {
    const first = free.indexOf(Math.min(...free));
    free[first] = (free[first] as number) + length;
  }
  return Math.max(...free);
}
