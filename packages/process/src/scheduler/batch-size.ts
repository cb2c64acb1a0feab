import type { FunctionEntry } from "./function-entry.ts";

/**
 * How many calls travel together. What has not begun can be stolen back from a worker, so a size that turns out too
 * large costs a message, not a delay.
 */

/**
 * Microseconds of measured work in a batch. A message costs about 10 to 20 of them on both sides together: at 1,000 it
 * is 2 % of the work. Ten times more gains nothing that can be measured and makes more to steal at the end.
 */
const targetMicroseconds = 1_000;

/** Calls of a function that has not been measured yet: a few, so that a first batch of short ones already shares its message. */
const unmeasured = 8;

/**
 * The most in one batch: 20,000 empty calls through map take 0.98 ms with it, 1.15 with half as many, and 0.95 with twice, for
 * which each worker's slots would need twice the memory. Two such batches fit them twice.
 */
export const largestBatch = 2_048;

/** How many calls of this function at most, before what is queued is shared out. */
export function batchLimit(entry: FunctionEntry): number {
  if (entry.cost < 0) return unmeasured;
  return Math.max(1, Math.min(largestBatch, Math.floor(targetMicroseconds / Math.max(entry.cost, 0.01))));
}

/**
 * Microseconds of measured work below which a batch is not made smaller to be fair: the last ones would otherwise shrink
 * down to one call, each with a message. 20,000 empty calls through map take 1.2 ms with it and 1.4 without; calls of 0.1 ms
 * and more are shared out as before.
 */
const worthAMessage = 100;

/** A worker's fair part of what is queued: half of an even share, so that the last batches end together. */
export function fairShare(queued: number, workers: number, { cost }: FunctionEntry): number {
  const share = Math.ceil(queued / (2 * workers));
  return Math.max(1, share, cost < 0 ? 1 : Math.floor(worthAMessage / cost));
}
