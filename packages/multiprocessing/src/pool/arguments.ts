import { ArgumentTypeError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import type { ResultCallbacks } from "./async-result.ts";

/** The arguments of a call, to be left out where the function needs none. */
export type Args<A extends readonly unknown[]> = [] extends A ? [args?: A] : [args: A];

/** {@link Args}, and callbacks. */
export type ArgsAndCallbacks<A extends readonly unknown[], R> = [] extends A
  ? [args?: A, callbacks?: ResultCallbacks<R>]
  : [args: A, callbacks?: ResultCallbacks<R>];

/** Calls that are sent together: a number, or as `mapAsync` takes it. */
export type Chunks = number | { readonly chunksize?: number };

/** @throws ArgumentTypeError for arguments that would be ignored */
export function refuseMore(more: readonly unknown[], expected: string): void {
  if (more.length > 0)
    throw new ArgumentTypeError(
      `Expected ${expected}, got ${more.length} more argument(s): ${describeValue(more[0])}.`,
    );
}

/** As the options of `mapAsync`. */
export function chunksOf(chunks: Chunks | undefined): { readonly chunksize?: number } {
  if (chunks === undefined) return {};
  return typeof chunks === "object" && chunks !== null ? chunks : { chunksize: chunks };
}
