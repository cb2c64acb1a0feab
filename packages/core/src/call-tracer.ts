import { ValueError } from "./errors.ts";
import type { Future } from "./future/future.ts";
import { callTracer as key } from "./keys.ts";
import type { MapEnd, MapStats } from "./map/map-stats.ts";

/** A map's result, as a tracer sees it. */
export interface TracedMap {
  stats(): MapStats;
  addDoneCallback(fn: (end: MapEnd) => void): void;
}

/**
 * Stands around the calls of pools that are no `Executor`, as `multiprocessing`'s: each method calls what it is given, within
 * whatever it wants to be active there, and gives what that gives.
 */
export interface CallTracer {
  submit<F extends Future<unknown>>(fn: unknown, submit: () => F): F;
  map<M extends TracedMap>(fn: unknown, iterable: unknown, map: () => M): M;
}

/**
 * For a package that traces: stands around all calls from now on.
 *
 * @returns a function that ends it.
 * @throws ValueError when somebody traces already.
 */
export function traceCalls(tracer: CallTracer): () => void {
  const holder = globalThis as { [key]?: CallTracer | undefined };
  if (holder[key] !== undefined) throw new ValueError("Expected calls to be traced once: they are already.");
  holder[key] = tracer;
  return () => {
    if (holder[key] === tracer) holder[key] = undefined;
  };
}

/** For pools: the tracer of their calls, if there is one. */
export function callTracer(): CallTracer | undefined {
  return (globalThis as { [key]?: CallTracer })[key];
}
