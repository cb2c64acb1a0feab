import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import {
  type AnyFunction,
  type CallOptions,
  Future,
  type FutureOwner,
  provideCurrentTask,
  type TaskContext,
  TimeoutError,
  taskRandom,
} from "@concurrent-futures/core";
import {
  type AsyncContext,
  currentContext,
  provideAsyncContext,
  runIn,
} from "@concurrent-futures/core/async-context";
import { checkProgress } from "@concurrent-futures/core/current-task";
import { Deadline } from "@concurrent-futures/core/deadline";
import { describeTimeout } from "@concurrent-futures/core/options";
import { forgetShare, noteShare } from "@concurrent-futures/core/reported-progress";
import { isThenable } from "@concurrent-futures/core/thenable";

/** One call that waits for its turn, runs, or has been abandoned: the future that its submitter holds. */
export class Call<R> extends Future<R> {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
  /** When it was submitted, in milliseconds of `performance.now()`. */
  readonly submitted: number = performance.now();
  // That of the submit, in which the function is called.
  readonly #submitContext: AsyncResource = new AsyncResource("ConcurrentFuturesCall");
  #context: CallContext | undefined;
  // Gives the slot back before the call has ended.
  #free: (() => void) | undefined;
  readonly #owner: FutureOwner;
  // It has submitted calls to its own pool that have not ended.
  #nested = 0;
  #over = false;
  #onOver: (() => void) | undefined;

  constructor(
    owner: FutureOwner,
    fn: AnyFunction,
    args: readonly unknown[],
    options: CallOptions | undefined,
  ) {
    super(owner);
    this.#owner = owner;
    this.fn = fn;
    this.args = args;
    this.options = options;
  }

  /** Calls the function. What it gives resolves when the call has ended or nobody waits for it any more; never rejects. */
  run(workerId: number): Promise<void> | undefined {
    if (this.done() || !this.setRunningOrNotifyCancel()) return undefined;
    const context = new CallContext(this as Call<unknown>, this.fn.name, workerId, this.options);
    this.#context = context;
    let returned: unknown;
    try {
      const { run } = ambient as { run(...args: unknown[]): unknown };
      returned = this.#submitContext.runInAsyncScope(run, ambient, context, this.fn, ...this.args);
    } catch (error) {
      if (!this.done()) this.setException(error);
      return undefined;
    }
    if (!isThenable(returned)) {
      if (!this.done()) this.setResult(returned as R);
      return undefined;
    }
    return this.#await(returned);
  }

  #await(returned: PromiseLike<unknown>): Promise<void> {
    const timeout = this.options?.timeout;
    const stop =
      timeout === undefined
        ? undefined
        : new Deadline(timeout).whenPassed(() => this.#expire(timeout), { runningTimeOnly: true });
    return new Promise((resolve) => {
      this.#free = resolve;
      if (this.#nested > 0) resolve();
      const ended = (): void => {
        stop?.();
        this.#end();
      };
      Promise.resolve(returned).then(
        (value) => {
          if (!this.done()) this.setResult(value as R);
          ended();
        },
        (error: unknown) => {
          if (!this.done()) this.setException(error);
          ended();
        },
      );
    });
  }

  /** Stops caring for a call that runs: its signal aborts, its future is cancelled, its slot is free. */
  abandon(reason: unknown): void {
    this.setCancelled(reason);
    this.#leave(reason);
  }

  #expire(timeout: number): void {
    if (this.done()) return;
    const error = new TimeoutError(
      `task \`${this.#context?.name}\` ran longer than ${describeTimeout(timeout)}`,
    );
    this.setException(error);
    this.#leave(error);
  }

  #leave(reason: unknown): void {
    this.#context?.abort(reason);
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#free?.();
    this.#onOver?.();
  }

  /** Whether it goes on without a slot: it waits, or has waited, for calls that it submitted to its own pool. */
  get parked(): boolean {
    return !this.#over;
  }

  /** Called when one that goes on without a slot has ended, or nobody waits for it any more. */
  whenOver(fn: () => void): void {
    this.#onOver = fn;
  }

  /** It has submitted a call to its own pool: its slot is free for that. */
  waitsFor(future: Future<unknown>): void {
    this.#nested++;
    this.#free?.();
    future.addDoneCallback(() => {
      this.#nested--;
    });
  }

  /** The call of this owner in which this code runs. */
  static current(owner: FutureOwner): Call<unknown> | undefined {
    const call = ambient.getStore()?.call;
    return call !== undefined && call.#owner === owner && !call.#over && !call.done() ? call : undefined;
  }
}

/** What `currentTask()` gives within a call. */
class CallContext implements TaskContext {
  readonly name: string;
  readonly workerId: number;
  // Most tasks never ask for a signal: the controller is made for the first who does.
  #controller: AbortController | undefined;
  // In which the listeners of the signal run.
  #listenerContext: AsyncContext | undefined;
  #reason: { readonly reason: unknown } | undefined;

  readonly #call: Call<unknown>;
  readonly #options: CallOptions | undefined;
  #reports = false;
  #random: (() => number) | undefined;

  constructor(call: Call<unknown>, functionName: string, workerId: number, options: CallOptions | undefined) {
    this.#call = call;
    this.name = options?.name ?? (functionName === "" ? "(anonymous)" : functionName);
    this.workerId = workerId;
    this.#options = options;
  }

  get call(): Call<unknown> {
    return this.#call;
  }

  get attempt(): number {
    return this.#options?.attempt ?? 1;
  }

  random(): number {
    this.#random ??= taskRandom(this.#options?.randomFrom);
    return this.#random();
  }

  reportProgress(done: number, total?: number): void {
    const share = checkProgress(done, total);
    if (share === undefined || this.#call.done()) return;
    noteShare(this.#call, this.#call, share);
    if (!this.#reports) this.#call.addDoneCallback(forgetShare);
    this.#reports = true;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#listenerContext = currentContext();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason.reason);
    }
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: unknown): void {
    this.#reason = { reason };
    const controller = this.#controller;
    if (controller !== undefined) runIn(this.#listenerContext, () => controller.abort(reason));
  }
}

const ambient = new AsyncLocalStorage<CallContext>();
let provided = false;

/** Makes `currentTask()` see the calls of thread pools; done with the first pool, since an import has no side effects. */
export function provideCalls(): void {
  if (provided) return;
  provided = true;
  provideCurrentTask(() => ambient.getStore());
  provideAsyncContext(() => new AsyncResource("ConcurrentFuturesCallback"));
}
