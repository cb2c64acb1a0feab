import { BrokenProcessPool, InvalidStateError, RuntimeError } from "@concurrent-futures/core";
import { onProcessExit } from "@concurrent-futures/core/process-exit";
import { assertBootstrapped } from "../bootstrapping.ts";

/**
 * The states of a pool. `open` takes work; `draining` does what it has; `closed` has no workers left; `broken` has
 * failed everything and takes nothing more.
 */
export type PoolState = "open" | "draining" | "closed" | "broken";

/** Every way from one state to another. */
export const transitions: Readonly<Record<PoolState, readonly PoolState[]>> = {
  open: ["draining", "broken"],
  draining: ["closed", "broken"],
  closed: [],
  broken: [],
};

/** Where a pool stands, whether it takes calls, and why not. */
export class PoolLifecycle {
  #state: PoolState = "open";
  #broken: BrokenProcessPool | undefined;
  /** The method that has ended it by force: calls that were being sent to a worker fail with it, and is not run by another. */
  #terminatedBy: string | undefined;

  get terminatedBy(): string | undefined {
    return this.#terminatedBy;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isDraining(): boolean {
    return this.#state === "draining";
  }

  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** @throws BrokenProcessPool, RuntimeError when nothing can be submitted any more, or by a module that a worker imports */
  checkOpen(): void {
    if (this.isBroken) throw this.brokenError();
    if (!this.isOpen) throw new RuntimeError("cannot schedule new futures after shutdown");
    if (onProcessExit.exiting)
      throw new RuntimeError("cannot schedule new futures after interpreter shutdown");
    assertBootstrapped("a worker");
  }

  /** As `checkOpen`, for a call of a task: a pool that is shutting down takes those of its `own`. */
  checkTakes(own: boolean): void {
    if (!own || !this.isDraining || this.terminatedBy !== undefined) this.checkOpen();
  }

  /** One error for each who meets it: a shared one would collect everybody's changes. */
  brokenError(): BrokenProcessPool {
    const { message, cause, worker } = this.#broken as BrokenProcessPool;
    return new BrokenProcessPool(message, { cause, ...(worker && { worker }) });
  }

  drain(): void {
    if (this.isOpen) this.#become("draining");
  }

  /** As `drain`, and by force: `by` is the method. */
  terminate(by: string): void {
    this.drain();
    this.#terminatedBy ??= by;
  }

  close(): void {
    this.#become("closed");
  }

  break(error: BrokenProcessPool): void {
    this.#become("broken");
    this.#broken = error;
  }

  /** The one place where a transition is checked. @throws InvalidStateError */
  #become(to: PoolState): void {
    if (!transitions[this.#state].includes(to))
      throw new InvalidStateError(`a pool that is ${this.#state} cannot become ${to}`);
    this.#state = to;
  }
}
