import { task } from "@concurrent-futures/callable";
import { type AnyFunction, carry, Executor, type Future, ValueError } from "@concurrent-futures/core";
import { type TracedMap, traceCalls } from "@concurrent-futures/core/call-tracer";
import { isIterable, lengthOf } from "@concurrent-futures/core/options";
import { callerSpan, captureTrace } from "./spans.ts";

/** From this many calls on, or when nobody knows how many there are, the calls of a map have no spans of their own. */
const manyCalls = 1_000;

type Method = (this: Executor, fn: AnyFunction, ...rest: unknown[]) => unknown;
type Methods = Record<"submit" | "map" | "mapUnordered" | "starmap", Method>;

let instrumented = false;

/**
 * Traces what goes through executors and `multiprocessing`'s pools, from now on, also through those that a library makes: a span `submit` per submit and a
 * span `map` per map on this side, and a span `run` per call in its worker (not from 1,000 calls a map on, nor where their number
 * is unknown). Spans of your own inside a call are part of the same trace. A call that fails, and one whose worker dies, sets the
 * status ERROR.
 *
 * Workers need a tracer as well: start them with the same set-up as the program, by `execArgv: ["--import", "./otel.js"]`. Calls on
 * this event loop (`ThreadPoolExecutor`) have no `run`: their own spans are children of `submit`.
 *
 * @returns a function that ends it; spans that are under way still end.
 * @throws ValueError when it is on already.
 *
 * @example
 * ```ts
 * import { instrument } from "@concurrent-futures/opentelemetry";
 *
 * const stop = instrument();
 * ```
 */
export function instrument(): () => void {
  if (instrumented) throw new ValueError("Expected instrument() to be called once: it is on already.");
  const stopCarrying = carry({
    name: "opentelemetry",
    capture: captureTrace,
    restore: task<(text: string, run: () => unknown) => unknown>(
      new URL("./restore.js", import.meta.url),
      "restore",
    ),
  });
  const stopTracing = traceCalls({
    submit: (fn, submit) => tracedSubmit(fn, [], submit),
    map: (fn, iterable, map) => tracedMap(fn, [iterable], map),
  });
  instrumented = true;
  const methods = Executor.prototype as unknown as Methods;
  const { submit, map, mapUnordered, starmap } = methods;
  methods.submit = traced(submit, tracedSubmit);
  for (const [name, own] of Object.entries({ map, mapUnordered, starmap }))
    methods[name as "map"] = traced(own, tracedMap);
  return () => {
    if (!instrumented) return;
    instrumented = false;
    stopCarrying();
    stopTracing();
    Object.assign(methods, { submit, map, mapUnordered, starmap });
  };
}

type Trace<T> = (fn: unknown, rest: readonly unknown[], call: () => T) => T;

function traced<T>(own: Method, within: Trace<T>): Method {
  return function (this: Executor, fn, ...rest) {
    return within(fn, rest, () => own.call(this, fn, ...rest) as T);
  };
}

function tracedSubmit<F extends Future<unknown>>(fn: unknown, _rest: readonly unknown[], call: () => F): F {
  const name = nameOf(fn);
  const span = callerSpan(`submit ${name}`, `run ${name}`);
  const future = span.within(call);
  future.addDoneCallback(() => {
    if (future.cancelled()) span.end(undefined, { "concurrent_futures.cancelled": true });
    else if (!future.failed()) span.end();
    else future.exception().then((error) => span.end(error ?? new Error("the call failed")));
  });
  return future;
}

function tracedMap<M extends TracedMap>(fn: unknown, rest: readonly unknown[], call: () => M): M {
  const name = nameOf(fn);
  const count = Math.min(...rest.map((one) => (isIterable(one) ? (lengthOf(one) ?? manyCalls) : manyCalls)));
  const span = callerSpan(`map ${name}`, count < manyCalls ? `run ${name}` : undefined);
  const iterator = span.within(call);
  iterator.addDoneCallback((end) => {
    const { done, failed } = iterator.stats();
    const error =
      failed > 0 || end === "failed"
        ? new Error(`${failed} ${failed === 1 ? "call" : "calls"} failed`)
        : undefined;
    span.end(error, {
      "concurrent_futures.done": done,
      "concurrent_futures.failed": failed,
      "concurrent_futures.end": end,
    });
  });
  return iterator;
}

function nameOf(fn: unknown): string {
  return (typeof fn === "function" && fn.name) || "(anonymous)";
}
