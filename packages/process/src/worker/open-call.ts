import type { RunMessage } from "../wire.ts";
import type { ResultBuffer } from "./result-buffer.ts";
import type { RunningTask } from "./running-task.ts";

/** A batch on its way through this worker. */
export interface RunningBatch {
  readonly message: RunMessage;
  /** Made when the batch's turn comes: it measures the time from there. */
  results: ResultBuffer | undefined;
  /** The next call to look at. */
  at: number;
}

/** A call that has begun and has not ended, where more has to be known of it than that. */
export class OpenCall {
  readonly batch: RunningBatch;
  readonly index: number;
  readonly slot: number;
  /** What its code sees of it, once it has asked. */
  task: RunningTask | undefined = undefined;
  /** It has left its batch, and ends by itself. */
  detached = false;
  /** It has ended, or nobody waits for it any more. */
  over = false;
  readonly #began: number = performance.now();
  // Calls that it has submitted and that have not ended; since when there are any, and how long there were any before.
  #nested = 0;
  #waitsSince = 0;
  #waited = 0;

  constructor(batch: RunningBatch, index: number, slot: number) {
    this.batch = batch;
    this.index = index;
    this.slot = slot;
  }

  /** It waits for calls of its own, and needs no place meanwhile. */
  get waitsForOwn(): boolean {
    return this.#nested > 0;
  }

  submitted(): void {
    if (this.#nested++ === 0) this.#waitsSince = performance.now();
  }

  answered(): void {
    if (--this.#nested === 0) this.#waited += performance.now() - this.#waitsSince;
  }

  /** How long it has run, in microseconds. */
  get microseconds(): number {
    const now = performance.now();
    const waiting = this.#nested > 0 ? now - this.#waitsSince : 0;
    return Math.max(0, now - this.#began - this.#waited - waiting) * 1000;
  }
}
