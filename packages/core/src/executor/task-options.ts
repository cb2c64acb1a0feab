import { ArgumentTypeError, ValueError } from "../errors.ts";
import { checkOptions, checkTimeout, show } from "../options.ts";

/** What structured clone can move instead of copying: an `ArrayBuffer`, a `MessagePort`, a stream … */
export type Transferable = ArrayBuffer | object;

/** How a task is to be run; given once to `executor.withOptions(…)` for what is submitted through it. */
export interface TaskOptions {
  /**
   * Milliseconds that the task may run, counted from its start, not from `submit`. Then its `signal` aborts, its future
   * fails with TimeoutError, and where its code does not listen its worker is ended after a grace time.
   * @default no limit
   */
  readonly timeout?: number;
  /** Aborting it cancels the task, as `future.cancel({ force: true })` does. */
  readonly signal?: AbortSignal;
  /** Higher runs sooner; equal ones run in the order submitted. @default 0 */
  readonly priority?: number;
  /** Buffers and ports among the arguments that are moved to the worker instead of copied; they are unusable here afterwards. */
  readonly transfer?: readonly Transferable[];
  /** The task's name in errors and in `currentTask()`. @default the function's name */
  readonly name?: string;
}

const known = ["timeout", "signal", "priority", "transfer", "name"] as const;

/** Refuses wrong task options at the door. @throws ArgumentTypeError, ValueError */
export function checkTaskOptions(options: TaskOptions): TaskOptions {
  if (options === undefined)
    throw new ArgumentTypeError("Expected `options` to be an object, got undefined.");
  checkOptions("options", options, known);
  const limit = checkTimeout("timeout", options.timeout);
  if (limit !== undefined && limit <= 0) {
    throw new ValueError(`Expected \`timeout\` to be more than 0 milliseconds, got ${limit}.`);
  }
  const { priority, signal, transfer, name } = options;
  if (priority !== undefined && (typeof priority !== "number" || Number.isNaN(priority))) {
    throw new ArgumentTypeError(`Expected \`priority\` to be a number, got ${show(priority)}.`);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new ArgumentTypeError(`Expected \`signal\` to be an AbortSignal, got ${show(signal)}.`);
  }
  if (transfer !== undefined && !Array.isArray(transfer)) {
    throw new ArgumentTypeError(
      `Expected \`transfer\` to be an array of buffers or ports, got ${show(transfer)}.`,
    );
  }
  if (name !== undefined && typeof name !== "string") {
    throw new ArgumentTypeError(`Expected \`name\` to be a string, got ${show(name)}.`);
  }
  return options;
}
