import { availableParallelism } from "node:os";
import { type AnyFunction, ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkFunction, checkOptions, describeValue } from "@concurrent-futures/core/options";

/** How a `Pool` is made. */
export interface PoolOptions {
  /** How many workers, all started at once. @default os.availableParallelism() */
  readonly processes?: number;
  /** Called once in each worker before its first task; if it fails, every result is that error's BrokenProcessPool. */
  readonly initializer?: (...args: never[]) => unknown;
  /** The arguments of `initializer`. @default [] */
  readonly initargs?: readonly unknown[];
  /** After so many tasks a worker is replaced by a fresh one. @default no limit */
  readonly maxtasksperchild?: number;
  /** Worker threads or operating-system processes. @default the default start method */
  readonly context?: "thread" | "spawn";
}

/** The options after checking, with the defaults filled in. */
export interface CheckedPoolOptions {
  readonly processes: number;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly maxtasksperchild: number | undefined;
  readonly context: "thread" | "spawn" | undefined;
}

const known = ["processes", "initializer", "initargs", "maxtasksperchild", "context"] as const;

/** Checks what the constructor was given, with Python's messages. @throws ArgumentTypeError, ValueError */
export function checkPoolOptions(given: number | PoolOptions | undefined): CheckedPoolOptions {
  const options: PoolOptions =
    typeof given === "object" && given !== null ? given : given === undefined ? {} : { processes: given };
  checkOptions("options", options, known);
  const {
    processes = availableParallelism(),
    initializer,
    initargs = [],
    maxtasksperchild,
    context,
  } = options;
  if (typeof processes !== "number" || !Number.isInteger(processes)) {
    throw new ArgumentTypeError(
      `Expected \`processes\` to be a whole number, got ${describeValue(processes)}.`,
    );
  }
  if (processes < 1) throw new ValueError(`Number of processes must be at least 1, got ${processes}`);
  if (maxtasksperchild !== undefined && !(Number.isInteger(maxtasksperchild) && maxtasksperchild > 0)) {
    throw new ValueError(
      `maxtasksperchild must be a positive int or undefined, got ${describeValue(maxtasksperchild)}`,
    );
  }
  if (initializer !== undefined) checkFunction("initializer", initializer);
  if (!Array.isArray(initargs))
    throw new ArgumentTypeError(`Expected \`initargs\` to be an array, got ${describeValue(initargs)}.`);
  if (context !== undefined && context !== "thread" && context !== "spawn") {
    throw new ValueError(`Expected \`context\` to be "thread" or "spawn", got ${describeValue(context)}.`);
  }
  return {
    processes,
    initializer,
    initargs,
    maxtasksperchild,
    context,
  };
}

/** `undefined` leaves the size to the measured time of a call. @throws ArgumentTypeError, ValueError */
export function checkChunksize(chunksize: unknown): number | undefined {
  if (chunksize === undefined) return undefined;
  if (typeof chunksize !== "number" || !Number.isInteger(chunksize)) {
    throw new ArgumentTypeError(
      `Expected \`chunksize\` to be a whole number, got ${describeValue(chunksize)}.`,
    );
  }
  if (chunksize < 1) throw new ValueError(`Chunksize must be 1+, not ${chunksize}`);
  return chunksize;
}
