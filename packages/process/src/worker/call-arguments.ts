import { unpack } from "@concurrent-futures/callable/load";
import { mendBuiltins } from "./builtins.ts";
import type { Loaded } from "./function-table.ts";

// As it is when the worker starts: a task may replace it.
const NativePromise = Promise;

type Run = (fn: (...args: never[]) => unknown, args: readonly unknown[]) => unknown;

/** Hands a function and the arguments of one call to `run`: at once, or when what they need has been imported. */
export function withArguments(fn: Loaded, given: unknown[], run: Run): unknown {
  let ready = typeof fn === "function";
  for (let at = 0; at < given.length; at++) {
    const value = given[at];
    if (typeof value !== "object" || value === null) continue;
    given[at] = unpack(value);
    if (given[at] instanceof NativePromise) ready = false;
  }
  if (ready) return run(fn as (...args: never[]) => unknown, given);
  mendBuiltins();
  // In boxes: an argument with a `then` of its own is handed over, not awaited.
  const boxes = given.map((one) =>
    one instanceof NativePromise ? one.then((value) => ({ value })) : { value: one },
  );
  return Promise.all([fn, Promise.all(boxes)]).then(([loaded, values]) =>
    run(
      loaded,
      values.map(({ value }) => value),
    ),
  );
}
