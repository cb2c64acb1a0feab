import { ArgumentTypeError, ValueError } from "../errors.ts";
import { describeValue } from "../options.ts";

/** A running call that has said how far it is. */
interface ReportedShare {
  /** The future or the map that it belongs to. */
  readonly owner: object;
  readonly share: number;
}

/** By the call. Few: calls that run now, and have said something. */
const reported: Map<object, ReportedShare> = new Map();

/**
 * The share that `reportProgress(done, total)` tells, 0 to 1; undefined without a total.
 *
 * @throws ArgumentTypeError, ValueError for values that are not such numbers
 */
export function checkProgress(done: unknown, total: unknown): number | undefined {
  for (const [name, value] of [
    ["done", done],
    ["total", total],
  ] as const) {
    if (name === "total" && value === undefined) continue;
    if (typeof value !== "number")
      throw new ArgumentTypeError(`Expected \`${name}\` to be a number, got ${describeValue(value)}.`);
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new ValueError(`Expected \`${name}\` to be a finite number from 0 on, got ${value}.`);
  }
  if (total === undefined) return undefined;
  return total === 0 ? 1 : Math.min(1, (done as number) / (total as number));
}

/** For executors: a running call has said how far it is. */
export function noteShare(call: object, owner: object, share: number): void {
  reported.set(call, { owner, share });
}

/** For executors: a call that may have said something has ended. */
export function forgetShare(call: object): void {
  reported.delete(call);
}

/** The shares of running calls that belong there, added up. */
export function sharesOf(belongs: (owner: object) => boolean): number {
  let sum = 0;
  for (const { owner, share } of reported.values()) if (belongs(owner)) sum += share;
  return sum;
}
