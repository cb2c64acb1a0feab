import { type AsyncContext, currentContext, runIn } from "../async-context.ts";
import { Deadline } from "../deadline.ts";
import {
  ArgumentTypeError,
  BrokenProcessPool,
  type CancelledError,
  JobLostError,
  TimeoutError,
  WorkerLostError,
} from "../errors.ts";
import { Future, onceDone } from "../future/future.ts";
import type { CancelOptions, FutureOwner } from "../future/future-owner.ts";
import { describeValue } from "../options.ts";
import type { RetryWaits } from "./retry-waits.ts";
import type { TaskOptions } from "./task-options.ts";

/** Submits one attempt, numbered from 1; `failed` is the attempt before it. */
export type SubmitAttempt<R> = (attempt: number, failed: Future<R> | undefined) => Future<R>;

/** The retry options of a call, as {@link TaskOptions} has them. */
export type RetryPolicy = Pick<TaskOptions, "retries" | "retryDelay" | "retryIf">;

/**
 * One call with its attempts. Each attempt is a future of the executor; this one settles with the last of them, and is
 * pending while it waits for the next.
 */
export class RetriedCall<R> extends Future<R> {
  // Of the code that submitted the call, for each of its attempts.
  readonly #context: AsyncContext | undefined = currentContext();
  readonly #submit: SubmitAttempt<R>;
  readonly #policy: RetryPolicy;
  readonly #waiting: RetryWaits;
  readonly #errors: unknown[] = [];
  #attempt: Future<R>;
  // Between two attempts: when the next begins, and how to call that off.
  #pause: { readonly end: Deadline; readonly stop: () => void } | undefined;
  #cancelRequested = false;

  constructor(submit: SubmitAttempt<R>, policy: RetryPolicy, waiting: RetryWaits) {
    super(owner);
    this.#submit = submit;
    this.#policy = policy;
    this.#waiting = waiting;
    this.#attempt = submit(1, undefined);
    this.#follow();
  }

  /** Ends a pause by the attempt that it waits for. */
  retryNow(): void {
    this.#endPause();
    let next: Future<R>;
    try {
      next = runIn(this.#context, this.#submit, this.#errors.length + 1, this.#attempt);
    } catch {
      // The executor takes nothing more: what the call itself failed with says more than that.
      this.#fail(this.#errors.pop());
      return;
    }
    this.#attempt = next;
    this.#follow();
  }

  cancelAttempts(options: CancelOptions): boolean {
    if (this.#pause !== undefined) {
      this.#endPause();
      this.setCancelled(options.reason);
      return true;
    }
    if (!this.#attempt.cancel(options)) return false;
    this.#cancelRequested = true;
    return true;
  }

  get attemptRunning(): boolean {
    return this.#pause === undefined && this.#attempt.running();
  }

  /** Blocks until the last attempt has ended, or the milliseconds have passed. */
  waitForAttempts(timeout: number | undefined): void {
    const limit = new Deadline(timeout);
    while (!this.done() && !limit.passed) {
      const pause = this.#pause;
      if (pause === undefined) waitForAttempt(this.#attempt, limit);
      else {
        sleepSync(Math.min(pause.end.remaining, limit.remaining));
        if (pause.end.passed) this.retryNow();
      }
    }
  }

  #follow(): void {
    const settle = (): void => runIn(this.#context, () => this.#settle(this.#attempt));
    onceDone(this.#attempt, settle);
  }

  #settle(attempt: Future<R>): void {
    let value: R;
    try {
      value = attempt.resultSync(0);
    } catch (error) {
      if (attempt.cancelled()) this.setCancelled((error as CancelledError).cause);
      else this.#afterFailure(error);
      return;
    }
    this.setResult(value);
  }

  #afterFailure(error: unknown): void {
    const failed = this.#errors.length + 1;
    let delay: number;
    try {
      if (this.#cancelRequested || failed > (this.#policy.retries ?? 0) || !this.#isRetried(error, failed)) {
        this.#fail(error);
        return;
      }
      delay = this.#delayAfter(failed);
    } catch (mistake) {
      this.#fail(mistake);
      return;
    }
    this.#errors.push(error);
    const end = new Deadline(delay);
    this.#pause = { end, stop: end.whenPassed(() => this.retryNow()) };
    this.#waiting.add(this);
  }

  #isRetried(error: unknown, attempt: number): boolean {
    const { retryIf } = this.#policy;
    return retryIf === undefined ? isWorkerLoss(error) : Boolean(retryIf(error, attempt));
  }

  #delayAfter(attempt: number): number {
    const { retryDelay = 0 } = this.#policy;
    if (typeof retryDelay === "number") return retryDelay;
    const delay: unknown = retryDelay(attempt);
    if (typeof delay === "number" && !Number.isNaN(delay) && delay !== Number.POSITIVE_INFINITY) return delay;
    throw new ArgumentTypeError(
      `Expected \`retryDelay\` to return a finite number of milliseconds, got ${describeValue(delay)}.`,
    );
  }

  #endPause(): void {
    this.#pause?.stop();
    this.#pause = undefined;
    this.#waiting.delete(this);
  }

  #fail(error: unknown): void {
    keepEarlierErrors(error, this.#errors);
    this.setException(error);
  }
}

const owner: FutureOwner = {
  cancel: (future, options) => (future as RetriedCall<unknown>).cancelAttempts(options),
  isRunning: (future) => (future as RetriedCall<unknown>).attemptRunning,
  waitSync: (future, timeout) => (future as RetriedCall<unknown>).waitForAttempts(timeout),
};

/** Whether a call failed because its worker was lost, rather than by what it did. */
function isWorkerLoss(error: unknown): boolean {
  return [BrokenProcessPool, WorkerLostError, JobLostError].some((Class) => error instanceof Class);
}

/** Puts the errors of earlier attempts onto the last one, unless it has `errors` of its own or takes no property. */
function keepEarlierErrors(error: unknown, earlier: readonly unknown[]): void {
  if (earlier.length === 0 || typeof error !== "object" || error === null || "errors" in error) return;
  try {
    Object.defineProperty(error, "errors", {
      value: [...earlier],
      configurable: true,
      writable: true,
      enumerable: false,
    });
  } catch {
    // Frozen, or a Proxy that refuses: the error itself matters more.
  }
}

function waitForAttempt<R>(attempt: Future<R>, limit: Deadline): void {
  const { remaining } = limit;
  try {
    attempt.resultSync(remaining === Number.POSITIVE_INFINITY ? undefined : remaining);
  } catch (error) {
    // What the attempt itself ended with is for #settle; here only an executor that cannot block has a say.
    if (!attempt.done() && !(error instanceof TimeoutError)) throw error;
  }
}

/** Blocks this thread. */
function sleepSync(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
