import { availableParallelism } from "node:os";
import type { AnyFunction, InitializerOptions } from "@concurrent-futures/core";
import { checkInitializer, checkInteger, checkOptions, checkString } from "@concurrent-futures/core/options";

/** How a `ThreadPoolExecutor` is made; each of its slots is a worker. @typeParam A - what the initializer takes; without it, any */
export type ThreadPoolOptions<A extends readonly unknown[] = never[]> = InitializerOptions<A> & SlotOptions;

interface SlotOptions {
  /** How many calls may be in flight at once, at least 1. Python: `max_workers`. @default min(32, cpus + 4) */
  readonly maxWorkers?: number;
  /** By which listeners of `concurrent-futures:pool:open` tell pools apart. Python: `thread_name_prefix`. @default "ThreadPoolExecutor" */
  readonly threadNamePrefix?: string;
}

/** The options after checking, with the defaults filled in. */
export interface CheckedThreadPoolOptions {
  readonly maxWorkers: number;
  readonly threadNamePrefix: string;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
}

const known = ["maxWorkers", "threadNamePrefix", "initializer", "initargs"] as const;

/** Checks what the constructor was given, a number or options. @throws ArgumentTypeError, ValueError */
export function checkThreadPoolOptions(
  given: number | ThreadPoolOptions | undefined,
): CheckedThreadPoolOptions {
  const options: ThreadPoolOptions =
    typeof given === "object" && given !== null ? given : given === undefined ? {} : { maxWorkers: given };
  checkOptions("options", options, known);
  const { maxWorkers, initializer, initargs = [], threadNamePrefix = "ThreadPoolExecutor" } = options;
  if (maxWorkers !== undefined) checkInteger("maxWorkers", maxWorkers);
  checkInitializer(initializer, initargs);
  checkString("threadNamePrefix", threadNamePrefix);
  return {
    maxWorkers: maxWorkers ?? Math.min(32, availableParallelism() + 4),
    threadNamePrefix,
    initializer,
    initargs,
  };
}
