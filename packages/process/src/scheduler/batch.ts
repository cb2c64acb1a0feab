import type { PackedError } from "@concurrent-futures/callable";
import type { SharedContent } from "../shared-content.ts";
import {
  packNumbers,
  type RunExtras,
  type RunMessage,
  type TaskSettings,
  type ValueColumn,
} from "../wire.ts";
import { carriedTogether, withRestoring } from "./carried.ts";
import { decodeError, decodeResult } from "./decode-result.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { PackedFailure, type Task } from "./task.ts";

/** Calls that go to a worker in one message: tasks, or a piece of a map. `DispatchedBatch` is what becomes of them there. */
export interface Batch {
  readonly count: number;
  /** The function of all of its calls, if it is one and the same. */
  readonly entry: FunctionEntry | undefined;
  /** What its message says besides its own numbers. */
  readonly content: {
    readonly fn: RunMessage[3];
    readonly arity: number;
    readonly args: ValueColumn;
    readonly reportStart?: boolean;
    readonly task?: TaskSettings | undefined;
    readonly carried?: Pick<RunExtras, "carried" | "carriedEach"> | undefined;
  };
  readonly functions: Iterable<FunctionEntry>;
  readonly transfer: readonly object[];
  /** The shared values that its calls use. */
  readonly shared: Iterable<SharedContent> | undefined;
  /** The number of its map, and the index there of the first call; submits have none, and 0. */
  readonly map: number | undefined;
  readonly first: number;
  /** The arguments of a call that has not been answered. */
  argumentsOf(index: number): readonly unknown[];
  callName(index: number): string;
  /** The future or the map that the call belongs to. */
  ownerOf(index: number): object | undefined;
  /** It returned this value, as it came from the worker. */
  succeed(index: number, value: unknown): void;
  /** These, one after the other, returned values that need no second look. */
  succeedRange(from: number, values: ValueColumn): void;
  /** It threw, in the worker. */
  reject(index: number, error: PackedError): void;
  /** It has failed on our side. */
  fail(index: number, error: unknown): void;
  /** These calls have not run and go back to the queue, before all others. */
  requeue(indexes: readonly number[]): void;
  /** All results of a message have been delivered. */
  resultsDelivered(): void;
}

/** What single tasks need from their scheduler. */
export interface TaskEvents {
  finished(task: Task, value: unknown): void;
  failed(task: Task, error: unknown): void;
  requeue(task: Task): void;
}

/** Single submits that travel together. */
export class TaskBatch implements Batch {
  readonly tasks: readonly Task[];
  readonly entry: FunctionEntry | undefined;
  readonly #events: TaskEvents;

  constructor(tasks: readonly Task[], events: TaskEvents) {
    this.tasks = tasks;
    this.#events = events;
    const entry = (tasks[0] as Task).entry;
    this.entry = tasks.every((task) => task.entry === entry) ? entry : undefined;
  }

  get count(): number {
    return this.tasks.length;
  }

  get map(): undefined {
    return undefined;
  }

  get first(): number {
    return 0;
  }

  argumentsOf(index: number): readonly unknown[] {
    return this.tasks[index]?.args ?? [];
  }

  get functions(): Iterable<FunctionEntry> {
    const own = this.entry ? [this.entry] : new Set(this.tasks.map((task) => task.entry));
    return withRestoring(own, this.tasks);
  }

  get transfer(): readonly object[] {
    return (this.tasks.length === 1 && this.tasks[0]?.transfer) || [];
  }

  get shared(): Iterable<SharedContent> | undefined {
    return this.tasks.some((task) => task.shared !== undefined)
      ? this.tasks.flatMap((task) => task.shared ?? [])
      : undefined;
  }

  get content(): Batch["content"] {
    const { tasks } = this;
    const first = tasks[0] as Task;
    const fn = this.entry ? this.entry.number : tasks.map((task) => task.entry.number);
    const arity = first.args.length;
    const options = tasks.length === 1 ? first.options : undefined;
    const reportStart = options?.timeout !== undefined;
    const task = tasks.length === 1 ? first.settings : undefined;
    const carried = carriedTogether(tasks);
    if (!tasks.every((task) => task.args.length === arity))
      return { fn, arity: -1, args: tasks.map((task) => task.args), reportStart, task, carried };
    const flat: unknown[] = [];
    for (const task of tasks) for (const value of task.args) flat.push(value);
    return { fn, arity, args: packNumbers(flat), reportStart, task, carried };
  }

  callName(index: number): string {
    return this.tasks[index]?.taskName ?? "";
  }

  ownerOf(index: number): Task | undefined {
    return this.tasks[index];
  }

  succeed(index: number, value: unknown): void {
    const task = this.tasks[index] as Task;
    if (typeof value !== "object" || value === null || task.nested) {
      this.#events.finished(task, value);
      return;
    }
    decodeResult(
      value,
      (decoded) => this.#events.finished(task, decoded),
      (error) => this.#events.failed(task, error),
    );
  }

  succeedRange(from: number, values: ValueColumn): void {
    for (let at = 0; at < values.length; at++)
      this.#events.finished(this.tasks[from + at] as Task, values[at]);
  }

  reject(index: number, error: PackedError): void {
    const task = this.tasks[index] as Task;
    if (task.nested) this.#events.failed(task, new PackedFailure(error));
    else decodeError(error, task.site, (decoded) => this.#events.failed(task, decoded));
  }

  fail(index: number, error: unknown): void {
    this.#events.failed(this.tasks[index] as Task, error);
  }

  requeue(indexes: readonly number[]): void {
    for (let at = indexes.length - 1; at >= 0; at--)
      this.#events.requeue(this.tasks[indexes[at] as number] as Task);
  }

  resultsDelivered(): void {}
}
