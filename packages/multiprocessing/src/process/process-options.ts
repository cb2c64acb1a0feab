import { type AnyFunction, ArgumentTypeError } from "@concurrent-futures/core";
import { checkArray, checkFunction, checkOptions, describeValue } from "@concurrent-futures/core/options";
import { checkOutput } from "@concurrent-futures/process/workers";
import { checkStartMethod, type StartMethod } from "../start-method.ts";
import type { ProcessOutput } from "./process-output.ts";

/** How a `Process` is made. `args` must fit `target`, and may be left out when the target needs none. */
export type ProcessOptions<A extends readonly unknown[] = []> = {
  /** What it runs. Without one it does nothing, unless a subclass overrides `run()`. */
  readonly target?: (...args: A) => unknown;
  /** @default the name of the class and a number, as `"Process-1"`; its first child is `"Process-1:1"` */
  readonly name?: string;
  /** Whether it ends with this process, which then does not wait for it. @default that of the current process */
  readonly daemon?: boolean;
  /** A thread or an operating-system process. @default the default start method */
  readonly context?: StartMethod;
  /**
   * What becomes of what it prints. `"inherit"`: a thread prints through this program, a process past it. `"pipe"`: this program
   * prints all of it, in whole lines, so that bars stay intact. A function: it is called with each line, without its end, and all
   * lines have come when `join()` resolves. With the last two a process whose parent blocks, as in a `…Sync` method, waits once
   * it has printed some 64 KB. Python has no such option.
   * @default "inherit"
   */
  readonly output?: ProcessOutput;
} & ([] extends A ? { readonly args?: A } : { readonly args: A });

/** The options after checking. */
export interface CheckedProcessOptions {
  readonly target: AnyFunction | undefined;
  readonly args: readonly unknown[];
  readonly name: string | undefined;
  readonly daemon: boolean | undefined;
  readonly context: StartMethod | undefined;
  readonly output: ProcessOutput;
}

/** Checks what the constructor was given. @throws ArgumentTypeError, ValueError */
export function checkProcessOptions<A extends readonly unknown[]>(
  options: ProcessOptions<A>,
): CheckedProcessOptions {
  checkOptions("options", options, ["target", "args", "name", "daemon", "context", "output"]);
  const { target, args = [], name, daemon, context, output = "inherit" } = options;
  if (target !== undefined) checkFunction("target", target);
  checkArray("args", args);
  if (name !== undefined) checkName(name);
  if (daemon !== undefined) checkDaemon(daemon);
  if (context !== undefined) checkStartMethod(context);
  checkOutput(output);
  return { target, args: [...args], name, daemon, context, output };
}

/** @throws ArgumentTypeError */
export function checkName(name: unknown): string {
  if (typeof name !== "string")
    throw new ArgumentTypeError(`Expected the name of a process to be a string, got ${describeValue(name)}.`);
  return name;
}

/** @throws ArgumentTypeError */
export function checkDaemon(daemon: unknown): boolean {
  if (typeof daemon !== "boolean")
    throw new ArgumentTypeError(`Expected \`daemon\` to be true or false, got ${describeValue(daemon)}.`);
  return daemon;
}
