import { availableParallelism } from "node:os";
import {
  type AnyFunction,
  ArgumentTypeError,
  type InitializerOptions,
  ValueError,
} from "@concurrent-futures/core";
import {
  checkBoolean,
  checkFunction,
  checkInitializer,
  checkInteger,
  checkOptions,
  checkTimeout,
  describeValue,
} from "@concurrent-futures/core/options";
import type { ResourceLimits } from "./host/worker-host.ts";

import { checkOutput, type WorkerOutputOption } from "./output.ts";

type ContextName = "thread" | "spawn";

/** A context of multiprocessing, as far as an executor is concerned. */
interface ContextLike {
  getStartMethod(): ContextName;
}

/** How a `ProcessPoolExecutor` is made. @typeParam A - what the initializer takes; without it, any */
export type ProcessPoolOptions<A extends readonly unknown[] = never[]> = InitializerOptions<A> &
  WorkerOptions;

interface WorkerOptions {
  /** How many workers at most, at least 1. They start when first needed. Python: `max_workers`. @default os.availableParallelism() */
  readonly maxWorkers?: number;
  /**
   * `"thread"`: worker threads, a heap each, sharing memory with this process. `"spawn"`: operating-system processes, for
   * native crashes, signals and `process.chdir`. What `getContext()` of multiprocessing gives does as well. Python:
   * `mp_context`.
   * @default "thread"
   */
  readonly mpContext?: ContextName | ContextLike;
  /**
   * Called in each worker that leaves by itself, after its last task, and awaited for as long as it takes; then the worker's
   * resources are disposed. What it returns is in `exitResults()`. One that throws is reported as a warning. It is not
   * called in a worker that dies or is killed, nor when the program ends without `shutdown()`.
   */
  readonly finalizer?: () => unknown;
  /**
   * How many calls may be under way in a worker at a time. More than one is for calls that wait: for a database, a file, a
   * server. A call that computes still has the worker for itself.
   * @default 1
   */
  readonly tasksPerWorker?: number;
  /** After this many tasks a worker is replaced by a fresh one. Python: `max_tasks_per_child`. @default no limit */
  readonly maxTasksPerChild?: number;
  /**
   * What the death of a worker costs. `"replace"`: the task that it was running fails with BrokenProcessPool, all others
   * go on with a new worker. `"break"`: as in Python, everything unfinished fails and so does each later `submit`.
   * @default "replace"
   */
  readonly onWorkerCrash?: "replace" | "break";
  /** Limits of each worker's heap, in megabytes, as in `node:worker_threads`; a worker that exceeds them dies alone. */
  readonly resourceLimits?: ResourceLimits;
  /** The workers' environment. @default this process's */
  readonly env?: NodeJS.ProcessEnv;
  /** Node's options for the workers. @default this process's */
  readonly execArgv?: readonly string[];
  /**
   * What becomes of that which workers print. `"inherit"`: threads print by way of this process, processes by themselves, where this one
   * does. `"pipe"`: through this process to its stdout and stderr, line by line. A function: it gets each line, without its end, and
   * `{ workerId, task, stream }`; one that throws is reported as a warning. What a call has printed comes before its result.
   * @default "pipe" for processes when stdout or stderr is a terminal, so that bars stay whole; otherwise "inherit"
   */
  readonly output?: WorkerOutputOption;
  /** Milliseconds after which a worker without work is ended; the next task starts a new one. @default never */
  readonly idleTimeout?: number;
  /**
   * Whether functions and classes by value may come back in results and errors. They are evaluated in this process, so
   * only allow it when everything that runs in the workers is trusted. Exported functions and classes, and classes that
   * this side has sent, come back without it.
   * @default false
   */
  readonly resultFunctions?: boolean;
}

/** The options after checking, with the defaults filled in. */
export interface CheckedProcessPoolOptions extends Omit<WorkerOptions, "mpContext" | "idleTimeout"> {
  readonly maxWorkers: number;
  readonly mpContext: ContextName;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  readonly onWorkerCrash: "replace" | "break";
  readonly idleTimeout: number | undefined;
}

const known = [
  "maxWorkers",
  "mpContext",
  "initializer",
  "initargs",
  "finalizer",
  "tasksPerWorker",
  "maxTasksPerChild",
  "onWorkerCrash",
  "resourceLimits",
  "env",
  "execArgv",
  "idleTimeout",
  "output",
  "resultFunctions",
] as const;

/** Checks what the constructor was given, a number or options. @throws ArgumentTypeError, ValueError */
export function checkProcessPoolOptions(
  given: number | ProcessPoolOptions | undefined,
): CheckedProcessPoolOptions {
  const options: ProcessPoolOptions =
    typeof given === "object" && given !== null ? given : given === undefined ? {} : { maxWorkers: given };
  checkOptions("options", options, known);
  const {
    maxWorkers,
    initializer,
    initargs = [],
    maxTasksPerChild,
    onWorkerCrash = "replace",
    idleTimeout,
  } = options;
  if (maxWorkers !== undefined) checkInteger("maxWorkers", maxWorkers);
  if (options.tasksPerWorker !== undefined) checkInteger("tasksPerWorker", options.tasksPerWorker);
  if (maxTasksPerChild !== undefined) checkInteger("maxTasksPerChild", maxTasksPerChild);
  checkInitializer(initializer, initargs);
  if (options.finalizer !== undefined) checkFunction("finalizer", options.finalizer);
  const mpContext = contextName(options.mpContext ?? "thread");
  checkChoice("mpContext", mpContext, ["thread", "spawn"]);
  checkChoice("onWorkerCrash", onWorkerCrash, ["replace", "break"]);
  const idle = checkTimeout("idleTimeout", idleTimeout);
  if (idle !== undefined && idle < 0)
    throw new ValueError(`Expected \`idleTimeout\` to be at least 0 milliseconds, got ${idle}.`);
  checkBoolean("resultFunctions", options.resultFunctions);
  checkOutput(options.output);
  checkObject("resourceLimits", options.resourceLimits);
  checkObject("env", options.env);
  if (
    options.execArgv !== undefined &&
    !(Array.isArray(options.execArgv) && options.execArgv.every((one) => typeof one === "string"))
  ) {
    throw new ArgumentTypeError(
      `Expected \`execArgv\` to be an array of strings, got ${describeValue(options.execArgv)}.`,
    );
  }
  return {
    ...options,
    maxWorkers: maxWorkers ?? availableParallelism(),
    mpContext,
    initializer,
    initargs,
    onWorkerCrash,
    idleTimeout: idle,
  };
}

/** A context knows its name. */
function contextName(given: ContextName | ContextLike): ContextName {
  return typeof given === "object" && typeof given?.getStartMethod === "function"
    ? given.getStartMethod()
    : (given as ContextName);
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (typeof value !== "string")
    throw new ArgumentTypeError(`Expected \`${name}\` to be ${list(choices)}, got ${describeValue(value)}.`);
  if (!choices.includes(value))
    throw new ValueError(`Expected \`${name}\` to be ${list(choices)}, got ${describeValue(value)}.`);
}

function list(choices: readonly string[]): string {
  return choices.map((choice) => `"${choice}"`).join(" or ");
}

function checkObject(name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== "object" || value === null)) {
    throw new ArgumentTypeError(`Expected \`${name}\` to be an object, got ${describeValue(value)}.`);
  }
}
