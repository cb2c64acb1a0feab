import type { CallableRef } from "@concurrent-futures/callable";
import type { CarriedRef } from "../nested-link.ts";
import type { TaskSettings } from "../wire.ts";
import { now } from "./builtins.ts";
import type { RunningTask } from "./running-task.ts";

/** A call that has begun and has not ended, where more has to be known of it than that. */
export abstract class OpenCall {
  /** What its code sees of it, once it has asked. */
  task: RunningTask | undefined = undefined;
  /** It has ended, or nobody waits for it any more. */
  over = false;
  /** It goes on beside the call that the loop is at. */
  beside = false;
  #began: number = now();
  // Calls that it has submitted and that have not ended; since when there are any, and how long there were any before.
  #nested = 0;
  #waitsSince = 0;
  #waited = 0;

  /** The call of a batch that it is, or that it is below. */
  abstract readonly root: BatchCallNumbers | undefined;
  abstract readonly ref: CallableRef | undefined;
  abstract readonly settings: TaskSettings | undefined;
  /** What it takes along. */
  abstract readonly carried: readonly CarriedRef[] | undefined;

  /** Its code begins now. */
  begin(): void {
    this.#began = now();
  }

  /** It waits for calls of its own, and needs no place meanwhile. */
  get waitsForOwn(): boolean {
    return this.#nested > 0;
  }

  submitted(): void {
    if (this.#nested++ === 0) this.#waitsSince = now();
  }

  answered(): void {
    if (--this.#nested === 0) this.#waited += now() - this.#waitsSince;
  }

  /** How long it has run, in microseconds. */
  get microseconds(): number {
    const at = now();
    const waiting = this.#nested > 0 ? at - this.#waitsSince : 0;
    return Math.max(0, at - this.#began - this.#waited - waiting) * 1000;
  }
}

/** How the pool names the call of a batch. */
export type BatchCallNumbers = readonly [id: number, index: number];
