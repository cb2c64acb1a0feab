/**
 * The errors of the whole library, in Python's hierarchy. They are defined here so that `instanceof` means the
 * same everywhere; the packages that throw them choose the words.
 *
 * `instanceof` is answered by a registered symbol: it holds across two loaded copies of this package, across
 * realms (Jest runs each test file in one) and across workers.
 */

import { errorNames } from "./keys.ts";

/** Options of every error of this library. */
export interface ErrorOptions {
  /** What led to this error. */
  readonly cause?: unknown;
}

interface Branded {
  readonly [errorNames]?: readonly string[];
}

/** Makes `instanceof Class` ask for the class's name in the brand instead of comparing prototypes. */
function brand(Class: Function & { readonly prototype: object }, name: string): void {
  const parent = (Object.getPrototypeOf(Class.prototype) as Branded)[errorNames] ?? [];
  Object.defineProperty(Class.prototype, errorNames, { value: [...parent, name] });
  Object.defineProperty(Class.prototype, "name", { value: name, configurable: true, writable: true });
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== Class) return Function.prototype[Symbol.hasInstance].call(this, value);
      return (
        typeof value === "object" && value !== null && ((value as Branded)[errorNames] ?? []).includes(name)
      );
    },
  });
}

/**
 * The root of this library's errors (Python: `concurrent.futures.Error`, but the parent of all of them here).
 *
 * @example
 * ```ts
 * try { await future; } catch (error) {
 *   if (error instanceof FuturesError) console.error(error.code);
 * }
 * ```
 */
export class FuturesError extends Error {
  /** Stable and machine-readable: match on it where `instanceof` is out of reach. */
  readonly code: string = "ERR_FUTURES";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
brand(FuturesError, "FuturesError");

/** The result of a cancelled future was asked for. */
export class CancelledError extends FuturesError {
  override readonly code = "ERR_CANCELLED";
  constructor(message = "the future was cancelled", options?: ErrorOptions) {
    super(message, options);
  }
}
brand(CancelledError, "CancelledError");

/** A wait ended before what it waited for, or a task ran longer than its `timeout`. */
export class TimeoutError extends FuturesError {
  override readonly code = "ERR_TIMEOUT";
  constructor(message = "the time limit was reached", options?: ErrorOptions) {
    super(message, options);
  }
}
brand(TimeoutError, "TimeoutError");

/** A future was told to do what its state does not allow, such as taking a second result. */
export class InvalidStateError extends FuturesError {
  override readonly code = "ERR_INVALID_STATE";
}
brand(InvalidStateError, "InvalidStateError");

/** Python's `RuntimeError`: the call is right, the moment is not (submitting after `shutdown`). */
export class RuntimeError extends FuturesError {
  override readonly code: string = "ERR_RUNTIME";
}
brand(RuntimeError, "RuntimeError");

/** The executor cannot run anything any more; what is unfinished fails with it. */
export class BrokenExecutor extends RuntimeError {
  override readonly code: string = "ERR_BROKEN_EXECUTOR";
}
brand(BrokenExecutor, "BrokenExecutor");

/** The initializer of a `ThreadPoolExecutor` failed. */
export class BrokenThreadPool extends BrokenExecutor {
  override readonly code = "ERR_BROKEN_THREAD_POOL";
}
brand(BrokenThreadPool, "BrokenThreadPool");

/** What is known about a worker that died. */
export interface WorkerDeath {
  /** The worker's number in its pool, as `currentTask().workerId` says it. */
  readonly workerId: number;
  /** The thread's or process's exit code; `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended a process; `null` for threads and for processes that exited. */
  readonly signal: string | null;
  /** The task that was running, by its name (the function's, unless `TaskOptions.name` says otherwise). */
  readonly task?: string;
}

/**
 * A worker died while it ran this future's task, or, as the error of every future, the pool cannot work
 * any more (a failing initializer, or `onWorkerCrash: "break"`).
 */
export class BrokenProcessPool extends BrokenExecutor {
  override readonly code = "ERR_BROKEN_PROCESS_POOL";
  /** The worker that died, where one did. */
  readonly worker: WorkerDeath | undefined;
  constructor(message: string, options?: ErrorOptions & { readonly worker?: WorkerDeath }) {
    super(message, options);
    this.worker = options?.worker;
  }
}
brand(BrokenProcessPool, "BrokenProcessPool");

/** The worker that ran a call has not been heard of for too long: the call may have run, in part or whole. */
export class WorkerLostError extends BrokenExecutor {
  override readonly code = "ERR_WORKER_LOST";
}
brand(WorkerLostError, "WorkerLostError");

/** The queue has lost a call, and running it again could run it twice. */
export class JobLostError extends BrokenExecutor {
  override readonly code = "ERR_JOB_LOST";
}
brand(JobLostError, "JobLostError");

/** No worker serves the queue. */
export class NoWorkersError extends BrokenExecutor {
  override readonly code = "ERR_NO_WORKERS";
}
brand(NoWorkersError, "NoWorkersError");

/** A function, argument, result or error cannot be sent to or from a worker. The message says which and what to do. */
export class SerializationError extends FuturesError {
  override readonly code: string = "ERR_SERIALIZATION";
}
brand(SerializationError, "SerializationError");

/** Arguments or a result have more bytes than the executor takes. */
export class PayloadTooLargeError extends SerializationError {
  override readonly code = "ERR_PAYLOAD_TOO_LARGE";
}
brand(PayloadTooLargeError, "PayloadTooLargeError");

/** Python's `ValueError`: an argument of the right type with a value that is not allowed. */
export class ValueError extends FuturesError {
  override readonly code: string = "ERR_INVALID_ARG_VALUE";
}
brand(ValueError, "ValueError");

/** An argument or option of the wrong type. It is also a `TypeError`. */
export class ArgumentTypeError extends TypeError {
  readonly code = "ERR_INVALID_ARG_TYPE";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
brand(ArgumentTypeError, "ArgumentTypeError");
