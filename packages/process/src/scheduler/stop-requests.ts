import { TimeoutError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { describeTimeout } from "@concurrent-futures/core/options";
import { messageOf } from "@concurrent-futures/core/thrown";
import type { Task } from "./task.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/**
 * How long a task that was told to stop may go on before its worker is ended, in milliseconds. Shorter ends workers whose
 * code would have listened; longer lets a task that cannot listen hold its worker.
 */
const stopGrace = 250;

/** Why a running task is being stopped, and so how its future is to end. */
type StopReason =
  | { readonly kind: "cancelled"; readonly reason: unknown }
  | { readonly kind: "expired"; readonly error: TimeoutError };

/** The running tasks that have a time limit or have been told to stop. */
export class StopRequests {
  readonly #limits: Map<Task, () => void> = new Map();
  readonly #reasons: Map<Task, StopReason> = new Map();
  readonly #timers: Map<Task, () => void> = new Map();
  readonly #endWorker: (handle: WorkerHandle) => void;

  readonly #abandoned: (handle: WorkerHandle, id: number, index: number) => void;

  /** @param abandoned - told of each call that does not stop and is left to itself. */
  constructor(
    endWorker: (handle: WorkerHandle) => void,
    abandoned: (handle: WorkerHandle, id: number, index: number) => void,
  ) {
    this.#endWorker = endWorker;
    this.#abandoned = abandoned;
  }

  /** The task has begun: its time counts from now. */
  began(task: Task): void {
    const limit = task.options?.timeout;
    if (limit === undefined || this.#limits.has(task)) return;
    const expire = (): void => {
      const error = new TimeoutError(`task \`${task.taskName}\` ran longer than ${describeTimeout(limit)}`);
      this.#stop(task, { kind: "expired", error }, error);
    };
    this.#limits.set(task, new Deadline(limit).whenPassed(expire, { runningTimeOnly: true }));
  }

  /** Cancels a running task, also one that is being stopped by its time limit. False when its code has ended. */
  cancel(task: Task, reason: unknown): boolean {
    const known = this.#reasons.get(task);
    if (known === undefined) return this.#stop(task, { kind: "cancelled", reason }, reason);
    // The caller is told that it is cancelled, so it must not end with the TimeoutError, which may lead to another attempt.
    if (known.kind === "expired") this.#reasons.set(task, { kind: "cancelled", reason });
    return true;
  }

  /** The task's code has ended, somehow. True when that was a stop, and the future has been settled by it. */
  ended(task: Task): boolean {
    this.#limits.get(task)?.();
    this.#timers.get(task)?.();
    this.#limits.delete(task);
    this.#timers.delete(task);
    const stopReason = this.#reasons.get(task);
    if (stopReason === undefined) return false;
    this.#reasons.delete(task);
    if (stopReason.kind === "cancelled") task.setCancelled(stopReason.reason);
    else task.setException(stopReason.error);
    return true;
  }

  #stop(task: Task, stopReason: StopReason, reason: unknown): boolean {
    const { dispatched } = task;
    if (dispatched === undefined || !dispatched.handle.stop(dispatched, task.index, cloneable(reason)))
      return false;
    this.#reasons.set(task, stopReason);
    const { handle } = dispatched;
    const endWorker = (): void => this.#endWorker(handle);
    const after = (act: () => void): void => {
      this.#timers.set(task, new Deadline(stopGrace).whenPassed(act, { runningTimeOnly: true }));
    };
    // Others under way on its worker shall not suffer, unless it does not even let them go on.
    after(() => {
      if (!handle.abandon(dispatched, task.index)) return endWorker();
      after(endWorker);
      this.#abandoned(handle, dispatched.id, task.index);
    });
    return true;
  }
}

/** A reason for the worker's signal: errors by their text, since any object may be given. */
function cloneable(reason: unknown): unknown {
  if (typeof reason === "object" && reason !== null) {
    const text = reason instanceof Error ? messageOf(reason) : "the task was cancelled";
    const error = new Error(text);
    // Cloning reads it, and would have the program's own `Error.prepareStackTrace` make one.
    error.stack = `Error: ${text}`;
    return error;
  }
  return typeof reason === "function" || typeof reason === "symbol" ? String(reason) : reason;
}
