import { currentContext } from "../async-context.ts";
import { Deadline } from "../deadline.ts";
import { CancelledError, InvalidStateError, RuntimeError, TimeoutError } from "../errors.ts";
import { checkFunction, checkOptions, checkTimeout, describeTimeout } from "../options.ts";
import { ContextCallback, runCallback } from "./callbacks.ts";
import { type CancelOptions, cancelOptions, type FutureOwner } from "./future-owner.ts";
import { Reaction } from "./reaction.ts";
import { checkTransition, type FutureState } from "./states.ts";

type Callback<T> = (future: Future<T>) => unknown;
type Listener<T> = Callback<T> | ContextCallback<Future<T>> | Reaction;

let listen: (future: Future<unknown>, fn: Callback<unknown>) => void;

/**
 * The outcome of a call that may not have happened yet (Python: `concurrent.futures.Future`). Executors make them;
 * `await future` is `await future.result()`. A failed future that nobody looks at is silent: never an
 * `unhandledRejection`.
 *
 * @example
 * ```ts
 * const future = executor.submit(fib, 30);
 * future.addDoneCallback((f) => console.log(f.toString()));
 * console.log(await future.result(1_000));
 * ```
 */
export class Future<T> implements PromiseLike<T> {
  #state: FutureState = "PENDING";
  // The result, the error, or the reason of a cancel: the state and #failed say which.
  #value: unknown = undefined;
  #failed = false;
  // One listener is by far the most common: an array is made for the second.
  #listeners: Listener<T> | Listener<T>[] | undefined = undefined;
  #owner: FutureOwner | undefined;

  /** Executors make futures; elsewhere a bare one is of use in tests. */
  constructor(owner?: FutureOwner) {
    this.#owner = owner;
  }

  /**
   * Asks that the call never happen. True if it will not, also when it was cancelled before; false once it is
   * running or finished. With `force`, a running call is stopped too, and true means that it will end cancelled.
   *
   * @throws ValueError for an unknown option, ArgumentTypeError for something else than options.
   */
  cancel(options?: CancelOptions): boolean {
    checkOptions("options", options, cancelOptions);
    switch (this.#state) {
      case "FINISHED":
        return false;
      case "CANCELLED":
      case "CANCELLED_AND_NOTIFIED":
        return true;
      default:
        if (this.#owner !== undefined) return this.#owner.cancel(this as Future<unknown>, options ?? {});
        if (this.#state === "RUNNING") return false;
        this.setCancelled(options?.reason);
        return true;
    }
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#state === "CANCELLED" || this.#state === "CANCELLED_AND_NOTIFIED";
  }

  /** Whether the call's code has begun and has not ended: exact, where Python also counts calls that wait near a worker. */
  running(): boolean {
    if (this.#state === "RUNNING") return true;
    return this.#state === "PENDING" && (this.#owner?.isRunning(this as Future<unknown>) ?? false);
  }

  /** Whether it has ended: with a result, an error, or by cancel. */
  done(): boolean {
    return this.#state !== "PENDING" && this.#state !== "RUNNING";
  }

  /** Whether it has ended with an error. A cancelled future has not. */
  failed(): boolean {
    return this.#failed;
  }

  /**
   * The call's result.
   *
   * @param timeout - milliseconds to wait at most; `0` or less polls. @default no limit. It does not stop the call.
   * @returns rejects with the call's own error, with {@link CancelledError}, or with {@link TimeoutError}.
   */
  result(timeout?: number): Promise<T> {
    const limit = timeout === undefined ? undefined : checkTimeout("timeout", timeout);
    if (this.done()) return this.#outcome();
    if (limit === undefined) return this.then();
    return this.#within(limit).then(() => this.#outcome());
  }

  /** The call's error, or `null` when it succeeded. Rejects like {@link result} when cancelled or out of time. */
  exception(timeout?: number): Promise<unknown> {
    const read = (): unknown => {
      if (this.cancelled()) throw this.#cancelledError();
      return this.#failed ? this.#value : null;
    };
    return this.#within(checkTimeout("timeout", timeout)).then(read);
  }

  /**
   * The result, by really blocking this thread: for workers and scripts, not for servers.
   *
   * @param timeout - milliseconds to wait at most. @default no limit
   * @throws the call's own error, CancelledError, TimeoutError; RuntimeError where the executor cannot block (a
   * `ThreadPoolExecutor` needs this very thread to run the call).
   */
  resultSync(timeout?: number): T {
    const limit = checkTimeout("timeout", timeout);
    if (!this.done() && (limit === undefined || limit > 0)) {
      if (this.#owner === undefined) {
        throw new RuntimeError(
          "resultSync() cannot block: no executor runs this future. Use `await future.result()`.",
        );
      }
      this.#owner.waitSync(this as Future<unknown>, limit);
    }
    if (!this.done()) throw new TimeoutError(`the future was not done within ${describeTimeout(limit)}`);
    if (this.cancelled()) throw this.#cancelledError();
    if (this.#failed) throw this.#value;
    return this.#value as T;
  }

  /**
   * Calls `fn` with this future when it is done; at once if it is. Callbacks run in the order added, each in the async
   * context (`AsyncLocalStorage`) in which it was added; one that throws is reported by `process.emitWarning`, and the others
   * still run.
   *
   * @throws ArgumentTypeError when `fn` is not a function.
   */
  addDoneCallback(fn: (future: Future<T>) => void): void {
    checkFunction("fn", fn);
    if (this.done()) {
      runCallback(fn as Callback<T>, this);
      return;
    }
    const context = currentContext();
    this.#listen(context === undefined ? fn : new ContextCallback<Future<T>>(fn, context));
  }

  /** Takes one listener back, by identity; for waiters that leave early. */
  removeDoneCallback(fn: (future: Future<T>) => void): void {
    const isIt = (one: Listener<T>): boolean =>
      one === fn || (one instanceof ContextCallback && one.fn === fn);
    if (Array.isArray(this.#listeners)) {
      const at = this.#listeners.findIndex(isIt);
      if (at >= 0) this.#listeners.splice(at, 1);
    } else if (this.#listeners !== undefined && isIt(this.#listeners)) this.#listeners = undefined;
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.done()) return this.#outcome().then(onFulfilled, onRejected);
    const reaction = new Reaction(onFulfilled, onRejected);
    this.#listen(reaction);
    return reaction.promise as Promise<A | B>;
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.result().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.result().finally(onFinally);
  }

  /**
   * For executors and tests: the call is about to begin. True: run it. False: it was cancelled, leave it alone.
   *
   * @throws RuntimeError in any other state.
   */
  setRunningOrNotifyCancel(): boolean {
    if (this.#state === "PENDING") {
      this.#state = "RUNNING";
      return true;
    }
    if (this.#state === "CANCELLED") {
      this.#state = "CANCELLED_AND_NOTIFIED";
      return false;
    }
    throw new RuntimeError(`Future in unexpected state: ${String(this)}`);
  }

  /** For executors and tests: the call returned. @throws InvalidStateError when it has ended already. */
  setResult(value: T): void {
    if (this.#state !== "PENDING" && this.#state !== "RUNNING") this.#refuse();
    this.#value = value;
    this.#end("FINISHED");
  }

  /** For executors and tests: the call threw, whatever it was. @throws InvalidStateError when it has ended already. */
  setException(error: unknown): void {
    if (this.#state !== "PENDING" && this.#state !== "RUNNING") this.#refuse();
    this.#value = error;
    this.#failed = true;
    this.#end("FINISHED");
  }

  /** For executors: a call that was running has been stopped, or one that was waiting will not run. */
  setCancelled(reason?: unknown): void {
    checkTransition(this.#state, "CANCELLED", this);
    this.#value = reason;
    this.#end("CANCELLED");
  }

  /** As Python's `repr`: the class, the state and what came of it. */
  toString(): string {
    const state = this.#state.toLowerCase();
    const shown = this.#state === "PENDING" && this.running() ? "running" : state;
    const outcome =
      this.#state !== "FINISHED"
        ? ""
        : this.#failed
          ? ` raised ${typeName(this.#value)}`
          : ` returned ${typeName(this.#value)}`;
    return `<${this.constructor.name} state=${shown}${outcome}>`;
  }

  #refuse(): never {
    throw new InvalidStateError(`${this.#state}: ${String(this)} has its outcome already`);
  }

  #end(state: FutureState): void {
    this.#state = state;
    const listeners = this.#listeners;
    if (listeners === undefined) return;
    this.#listeners = undefined;
    if (Array.isArray(listeners)) for (const listener of listeners) this.#notify(listener);
    else this.#notify(listeners);
  }

  #notify(listener: Listener<T>): void {
    if (typeof listener === "function") runCallback(listener, this);
    else if (listener instanceof ContextCallback) listener.run(this);
    else if (this.#state === "FINISHED") listener.schedule(this.#failed, this.#value);
    else listener.schedule(true, this.#cancelledError());
  }

  #listen(listener: Listener<T>): void {
    if (this.#listeners === undefined) this.#listeners = listener;
    else if (Array.isArray(this.#listeners)) this.#listeners.push(listener);
    else this.#listeners = [this.#listeners, listener];
  }

  #outcome(): Promise<T> {
    if (!this.#failed && this.#state === "FINISHED") return Promise.resolve(this.#value as T);
    return Promise.reject(this.cancelled() ? this.#cancelledError() : this.#value);
  }

  #cancelledError(): CancelledError {
    return new CancelledError(undefined, this.#value === undefined ? undefined : { cause: this.#value });
  }

  /** Resolves when the future is done; rejects with TimeoutError when that takes longer. */
  #within(timeout: number | undefined): Promise<void> {
    if (this.done()) return Promise.resolve();
    if (timeout === undefined) return new Promise((resolve) => this.#listen(() => resolve()));
    const late = (): TimeoutError =>
      new TimeoutError(`the future was not done within ${describeTimeout(timeout)}`);
    if (timeout <= 0) return Promise.reject(late());
    return new Promise((resolve, reject) => {
      const onDone = (): void => {
        stop();
        resolve();
      };
      const stop = new Deadline(timeout).whenPassed(() => {
        this.removeDoneCallback(onDone);
        reject(late());
      });
      this.#listen(onDone);
    });
  }

  static {
    // One of another loaded copy of this package listens by what everybody may call.
    listen = (future, fn) => {
      if (#listeners in (future as object)) future.#listen(fn);
      else future.addDoneCallback(fn);
    };
  }
}

/** For core's own listeners, which need no context: `addDoneCallback`, without one. */
export function onceDone<T>(future: Future<T>, fn: (future: Future<T>) => void): void {
  if (future.done()) runCallback(fn, future);
  else listen(future as Future<unknown>, fn as Callback<unknown>);
}

function typeName(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return (value as { constructor?: { name?: string } }).constructor?.name ?? "object";
}
