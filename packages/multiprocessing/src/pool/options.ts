import { availableParallelism } from "node:os";
import { type AnyFunction, type InitializerOptions, ValueError } from "@concurrent-futures/core";
import {
  checkBoolean,
  checkInitializer,
  checkInteger,
  checkOptions,
  describeValue,
} from "@concurrent-futures/core/options";
import { checkOutput, type WorkerOutputOption } from "@concurrent-futures/process/workers";
import { checkStartMethod, type StartMethod } from "../start-method.ts";

/** How the `Pool` of a context is made. If its initializer fails, every result is that error's BrokenProcessPool. `initargs` must fit `initializer`, and may be left out when it needs none. */
export type ContextPoolOptions<A extends readonly unknown[] = []> = {
  /** How many workers, all started immediately. @default os.availableParallelism() */
  readonly processes?: number;
  /** Replaces a worker after this many tasks. @default no limit */
  readonly maxtasksperchild?: number;
  /** What becomes of that which workers print, as in `ProcessPoolOptions`. */
  readonly output?: WorkerOutputOption;
} & InitializerOptions<A>;

/** How a `Pool` is made. */
export type PoolOptions<A extends readonly unknown[] = []> = ContextPoolOptions<A> & {
  /** Worker threads or operating-system processes. @default the default start method */
  readonly context?: StartMethod;
  /** Whether functions and classes by value may come back in results, as in `ProcessPoolOptions`. @default false */
  readonly resultFunctions?: boolean;
};

/** {@link PoolOptions}, whatever the initializer takes. */
export type AnyPoolOptions = PoolOptions<never[]>;

/** The options after checking, with the defaults filled in. */
export interface CheckedPoolOptions {
  readonly processes: number;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly maxtasksperchild: number | undefined;
  readonly output: WorkerOutputOption | undefined;
  readonly context: StartMethod | undefined;
  readonly resultFunctions: boolean | undefined;
}

const known = [
  "processes",
  "initializer",
  "initargs",
  "maxtasksperchild",
  "output",
  "context",
  "resultFunctions",
] as const;

/** Checks what the constructor was given, with Python's messages. @throws ArgumentTypeError, ValueError */
export function checkPoolOptions(
  given: number | AnyPoolOptions | undefined,
  names: readonly string[] = known,
): CheckedPoolOptions {
  const options: AnyPoolOptions =
    typeof given === "object" && given !== null ? given : given === undefined ? {} : { processes: given };
  checkOptions("options", options, names);
  const {
    processes = availableParallelism(),
    initializer,
    initargs = [],
    maxtasksperchild,
    output,
    context,
    resultFunctions,
  } = options;
  // Python's words for what is not a number of workers.
  if (typeof processes === "number" && processes < 1)
    throw new ValueError(`Number of processes must be at least 1, got ${processes}`);
  checkInteger("processes", processes);
  checkBoolean("resultFunctions", resultFunctions);
  if (maxtasksperchild !== undefined && !(Number.isInteger(maxtasksperchild) && maxtasksperchild > 0)) {
    throw new ValueError(
      `maxtasksperchild must be a positive int or undefined, got ${describeValue(maxtasksperchild)}`,
    );
  }
  checkInitializer(initializer, initargs);
  if (context !== undefined) checkStartMethod(context);
  checkOutput(output);
  return {
    processes,
    initializer,
    initargs,
    maxtasksperchild,
    output,
    context,
    resultFunctions,
  };
}

/** `undefined` leaves the size to the measured time of a call. @throws ArgumentTypeError, ValueError */
export function checkChunksize(chunksize: unknown): number | undefined {
  return chunksize === undefined ? undefined : checkInteger("chunksize", chunksize);
}
