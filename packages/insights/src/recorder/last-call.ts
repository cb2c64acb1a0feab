import type { Segment } from "./segments.ts";

/** The call that ended last, if it ran for a while when no other worker had anything to do. */
export interface LastCall {
  readonly function: string;
  readonly workerId: number;
  /** Milliseconds that it ran alone. */
  readonly alone: number;
  /** How much of the time from the first call's begin to its end that is, 0 to 1. */
  readonly share: number;
}

/** Finds it among segments; undefined where only one worker has worked. */
export function lastCallOf(segments: readonly Segment[]): LastCall | undefined {
  let last: Segment | undefined;
  let began = Number.POSITIVE_INFINITY;
  for (const one of segments) {
    if (last === undefined || one.to > last.to) last = one;
    began = Math.min(began, one.from);
  }
  if (last === undefined) return undefined;
  let othersEnd = Number.NEGATIVE_INFINITY;
  for (const one of segments) if (one.workerId !== last.workerId && one.to > othersEnd) othersEnd = one.to;
  if (othersEnd === Number.NEGATIVE_INFINITY) return undefined;
  const alone = last.to - Math.max(othersEnd, last.from);
  const { function: name, workerId } = last;
  return { function: name, workerId, alone, share: alone / Math.max(1, last.to - began) };
}
