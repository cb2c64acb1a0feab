import { ArgumentTypeError, ValueError } from "../errors.ts";
import { checkOptions, checkTimeout, describeValue, isAsyncIterable, isIterable } from "../options.ts";
import type { Rows } from "./iterables.ts";

/** The last argument of `map`, `mapUnordered` and `starmap`. */
export interface MapOptions {
  /** Milliseconds for the whole map, counted from its call; then the loop throws TimeoutError and the rest is cancelled. @default no limit */
  readonly timeout?: number;
  /**
   * How many calls travel together to a worker. `"auto"` measures the task and picks sizes. A `ThreadPoolExecutor`
   * ignores it, as in Python.
   * @default "auto"
   */
  readonly chunksize?: number | "auto";
  /**
   * How many results may wait unread; the input is pulled no faster. With it an endless generator works.
   * @default no limit for synchronous inputs; an async input is always read with a bound
   */
  readonly buffersize?: number;
  /**
   * Where `currentTask().random()` begins in each call: its numbers depend on the seed and the item's index alone, so they
   * are the same in every run, whatever the number of workers.
   * @default `Math.random`
   */
  readonly seed?: number;
}

const known = ["timeout", "chunksize", "buffersize", "seed"] as const;

/** Checks the options. @throws ArgumentTypeError, ValueError with Python's messages */
export function checkMapOptions(options: MapOptions): MapOptions {
  checkOptions("options", options, known);
  checkTimeout("timeout", options.timeout);
  const { buffersize, chunksize, seed } = options;
  if (seed !== undefined && (typeof seed !== "number" || !Number.isFinite(seed))) {
    throw new ArgumentTypeError(`Expected \`seed\` to be a finite number, got ${describeValue(seed)}.`);
  }
  if (buffersize !== undefined) {
    if (
      typeof buffersize !== "number" ||
      (!Number.isInteger(buffersize) && buffersize !== Number.POSITIVE_INFINITY)
    ) {
      throw new ArgumentTypeError(
        `buffersize must be an integer or undefined, got ${describeValue(buffersize)}`,
      );
    }
    if (buffersize < 1) throw new ValueError(`buffersize must be undefined or > 0, got ${buffersize}`);
  }
  if (chunksize !== undefined && chunksize !== "auto") {
    if (typeof chunksize !== "number" || !Number.isInteger(chunksize)) {
      throw new ArgumentTypeError(
        `chunksize must be a whole number or "auto", got ${describeValue(chunksize)}`,
      );
    }
    if (chunksize < 1) throw new ValueError(`chunksize must be >= 1, got ${chunksize}`);
  }
  return options;
}

/**
 * Tells the options from the iterables: the last argument is options when it is an object without an iterator.
 *
 * @throws ArgumentTypeError when another argument cannot be iterated.
 */
export function splitMapArguments(args: readonly unknown[]): {
  iterables: readonly unknown[];
  options: MapOptions;
} {
  const last = args.at(-1);
  const hasOptions =
    args.length > 0 &&
    (last === undefined ||
      (typeof last === "object" && last !== null && !isIterable(last) && !isAsyncIterable(last)));
  const iterables = hasOptions ? args.slice(0, -1) : args;
  iterables.forEach((iterable, at) => {
    if (!isIterable(iterable) && !isAsyncIterable(iterable)) {
      throw new ArgumentTypeError(
        `Expected argument ${at + 2} of map to be iterable (an array, a generator, an async iterable), got ${describeValue(iterable)}.`,
      );
    }
  });
  return { iterables, options: checkMapOptions(hasOptions ? ((last as MapOptions | undefined) ?? {}) : {}) };
}

/** How much of an async input is read ahead when nobody says. Larger hides a slow source better, smaller holds less of it. */
const asyncWindow = 64;

/** How many calls of a map may be unread. */
export function windowOf(rows: Rows, { buffersize }: MapOptions): number {
  return buffersize ?? (rows.kind === "sync" ? Number.POSITIVE_INFINITY : asyncWindow);
}
