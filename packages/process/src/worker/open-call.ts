import { slotMask } from "../slots.ts";
import type { CarriedCall, RunExtras, RunMessage, ValueColumn } from "../wire.ts";
import { now } from "./builtins.ts";
import type { ResultBuffer } from "./result-buffer.ts";
import type { RunningTask } from "./running-task.ts";

/** A batch on its way through this worker. */
export class RunningBatch {
  readonly id: number;
  readonly base: number;
  readonly count: number;
  readonly arity: number;
  readonly args: ValueColumn;
  readonly extras: RunExtras | undefined;
  readonly #fn: RunMessage[3];
  /** Made when the batch's turn comes: it measures the time from there. */
  results: ResultBuffer | undefined = undefined;
  /** The next call to look at. */
  at = 0;
  /** The batch to run after this one. */
  next: RunningBatch | undefined = undefined;

  constructor(message: RunMessage) {
    this.id = message[0];
    this.base = message[1];
    this.count = message[2];
    this.#fn = message[3];
    this.arity = message[4];
    this.args = message[5];
    this.extras = message[6];
  }

  /** The number of a call's function. */
  functionOf(index: number): number {
    return typeof this.#fn === "number" ? this.#fn : (this.#fn[index] as number);
  }

  slotOf(index: number): number {
    return (this.base + index) & slotMask;
  }

  /** What a call takes along. */
  carriedBy(index: number): CarriedCall | undefined {
    return this.extras?.carried ?? this.extras?.carriedEach?.[index];
  }

  argumentsOf(index: number): unknown[] {
    const { arity, args } = this;
    const given = arity < 0 ? (args[index] as unknown[]) : args;
    const from = arity < 0 ? 0 : index * arity;
    const list: unknown[] = [];
    // By no method, which a task may have replaced.
    for (let at = 0, count = arity < 0 ? given.length : arity; at < count; at++) list[at] = given[from + at];
    return list;
  }
}

/** A call that has begun and has not ended, where more has to be known of it than that. */
export class OpenCall {
  readonly batch: RunningBatch;
  readonly index: number;
  /** What its code sees of it, once it has asked. */
  task: RunningTask | undefined = undefined;
  /** It has left its batch, and ends by itself. */
  detached = false;
  /** It has ended, or nobody waits for it any more. */
  over = false;
  readonly #began: number = now();
  // Calls that it has submitted and that have not ended; since when there are any, and how long there were any before.
  #nested = 0;
  #waitsSince = 0;
  #waited = 0;

  constructor(batch: RunningBatch, index: number) {
    this.batch = batch;
    this.index = index;
  }

  get slot(): number {
    return this.batch.slotOf(this.index);
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
