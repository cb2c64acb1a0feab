import type { CallableRef } from "@concurrent-futures/callable";
import type { CarriedRef } from "../nested-link.ts";
import { slotMask } from "../slots.ts";
import type { RunExtras, RunMessage, TaskSettings, ValueColumn } from "../wire.ts";
import type { CarriedCall } from "../wire-nested.ts";
import type { FunctionTable } from "./function-table.ts";
import { type BatchCallNumbers, OpenCall } from "./open-call.ts";
import type { ResultBuffer } from "./result-buffer.ts";

/** A batch in flight through this worker. */
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

/** A call of a batch that has begun and has not ended. */
export class BatchCall extends OpenCall {
  readonly batch: RunningBatch;
  readonly index: number;
  readonly #functions: FunctionTable;

  constructor(batch: RunningBatch, index: number, functions: FunctionTable) {
    super();
    this.batch = batch;
    this.index = index;
    this.#functions = functions;
  }

  get root(): BatchCallNumbers {
    return [this.batch.id, this.index];
  }

  get ref(): CallableRef | undefined {
    return this.#functions.refOf(this.batch.functionOf(this.index));
  }

  get settings(): TaskSettings | undefined {
    const task = this.batch.extras?.task;
    if (task?.randomFrom === undefined || this.index === 0) return task;
    const [seed, first] = task.randomFrom;
    return { ...task, randomFrom: [seed, first + this.index] };
  }

  get carried(): readonly CarriedRef[] | undefined {
    return this.batch
      .carriedBy(this.index)
      ?.map(([number, value]) => [this.#functions.refOf(number) as CallableRef, value] as const);
  }
}
