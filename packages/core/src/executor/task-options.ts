import { ArgumentTypeError, ValueError } from "../errors.ts";
import {
  checkArray,
  checkFunction,
  checkInteger,
  checkOptions,
  checkString,
  checkTimeout,
  describeValue,
} from "../options.ts";

/** What structured clone can move instead of copying, as Node has it: buffers, ports, web streams, file handles, signals. */
export type Transferable =
  | ArrayBuffer
  | AbortSignal
  | { postMessage(message: never): unknown }
  | { getReader(): unknown }
  | { getWriter(): unknown }
  | { readonly readable: object; readonly writable: object }
  | { readonly fd: number };

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
  /**
   * Buffers, ports, web streams and file handles among the arguments that are moved to a worker thread instead of copied; they
   * are unusable here afterwards. Each is named once.
   */
  readonly transfer?: readonly Transferable[];
  /** The task's name in errors and in `currentTask()`. @default the function's name */
  readonly name?: string;
  /**
   * How many times a call that failed is tried again, at most. `timeout` counts for each attempt; in a map each item is
   * tried by itself. `currentTask().attempt` says which attempt it is. The future fails with the error of the last
   * attempt, whose `errors` hold those of the earlier ones. It cannot be combined with `transfer`: what was moved to
   * the first attempt is gone for the second.
   * @default 0
   */
  readonly retries?: number;
  /**
   * Milliseconds between a failure and the next attempt, or a function of the number of the attempt that failed, from 1.
   * Meanwhile the call is pending and takes no worker's time; `shutdown()` ends the waiting by one last attempt.
   * @default 0
   */
  readonly retryDelay?: number | ((attempt: number) => number);
  /**
   * Whether an error is worth another attempt; `attempt` is the number of the one that failed, from 1. If it throws, the
   * call fails with what it threw.
   * @default only calls that a dead worker cost (BrokenProcessPool)
   */
  readonly retryIf?: (error: unknown, attempt: number) => boolean;
}

/** For executors: the options of one call, with what its map or its retries add. */
export interface CallOptions extends TaskOptions {
  /** Which attempt this is, from 1. @default 1 */
  readonly attempt?: number;
  /** Where `currentTask().random()` begins: the map's seed and the item's index. @default `Math.random` */
  readonly randomFrom?: readonly [seed: number, index: number];
}

const known = [
  "timeout",
  "signal",
  "priority",
  "transfer",
  "name",
  "retries",
  "retryDelay",
  "retryIf",
] as const;

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
    throw new ArgumentTypeError(`Expected \`priority\` to be a number, got ${describeValue(priority)}.`);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new ArgumentTypeError(`Expected \`signal\` to be an AbortSignal, got ${describeValue(signal)}.`);
  }
  if (transfer !== undefined) checkArray("transfer", transfer, "objects to move");
  checkTransfer(transfer);
  if (name !== undefined) checkString("name", name);
  checkRetryOptions(options);
  return options;
}

/** What can be moved is an object, and can be moved once. */
function checkTransfer(transfer: readonly unknown[] = []): void {
  const wrong = transfer.findIndex(
    (one) => typeof one !== "object" || one === null || ArrayBuffer.isView(one),
  );
  if (wrong >= 0) {
    const remedy = ArrayBuffer.isView(transfer[wrong]) ? " Name its `buffer`." : "";
    throw new ArgumentTypeError(
      `Expected \`transfer[${wrong}]\` to be a buffer, a port, a stream or a file handle, got ${describeValue(transfer[wrong])}.${remedy}`,
    );
  }
  const twice = transfer.findIndex((one, at) => transfer.indexOf(one) < at);
  if (twice >= 0) {
    throw new ValueError(
      `Expected each object once in \`transfer\`, got ${describeValue(transfer[twice])} twice (at ${transfer.indexOf(transfer[twice])} and ${twice}).`,
    );
  }
}

function checkRetryOptions({ retries, retryDelay, retryIf, transfer }: TaskOptions): void {
  if (retries !== undefined) checkInteger("retries", retries, 0);
  if (retryDelay !== undefined && typeof retryDelay !== "function") {
    const delay = checkTimeout("retryDelay", retryDelay);
    if (delay === undefined || delay < 0) {
      throw new ValueError(
        `Expected \`retryDelay\` to be a finite number of milliseconds of at least 0, or a function, got ${describeValue(retryDelay)}.`,
      );
    }
  }
  if (retryIf !== undefined) checkFunction("retryIf", retryIf);
  if (retries !== undefined && retries > 0 && transfer !== undefined && transfer.length > 0) {
    throw new ValueError(
      "`retries` and `transfer` cannot be combined: expected one of them, got both. Objects moved to the first attempt are not available for the second: leave `transfer` out to copy the arguments.",
    );
  }
}

/** The options of one item of a map. */
export function itemOptions(
  options: TaskOptions | undefined,
  seed: number | undefined,
  index: number,
): CallOptions | undefined {
  return seed === undefined ? options : { ...options, randomFrom: [seed, index] };
}
