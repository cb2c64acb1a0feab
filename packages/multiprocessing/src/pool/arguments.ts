import type { ArgumentsOf } from "@concurrent-futures/core";
import type { ResultCallbacks } from "./async-result.ts";

/** The arguments of a call, to be left out where the function needs none. */
export type Args<A extends readonly unknown[]> = [] extends A ? [args?: A] : [args: A];

/** {@link Args}, and callbacks. */
export type ArgsAndCallbacks<A extends readonly unknown[], R> = [] extends A
  ? [args?: A, callbacks?: ResultCallbacks<R>]
  : [args: A, callbacks?: ResultCallbacks<R>];

/** Refuses inputs that no overload of a function takes. */
export type Fits<F, A> = A extends ArgumentsOf<F> ? unknown : never;

/** Calls that are sent together: a number, or as `mapAsync` takes it. */
export type Chunks = number | { readonly chunksize?: number };

/** As the options of `mapAsync`. */
export function chunksOf(chunks: Chunks | undefined): { readonly chunksize?: number } {
  if (chunks === undefined) return {};
  return typeof chunks === "object" && chunks !== null ? chunks : { chunksize: chunks };
}
