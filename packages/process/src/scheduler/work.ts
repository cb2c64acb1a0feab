import type { PackedError } from "@concurrent-futures/callable";
import { type Column, column, type RunMessage, type TaskSettings } from "../wire.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { deliver, deliverError } from "./outcome.ts";
import type { Task } from "./task.ts";

/** How a call ended, as far as its work is concerned. */
export interface Work {
  readonly count: number;
  /** The function of all of its calls, if it is one and the same. */
  readonly entry: FunctionEntry | undefined;
  /** What its message says besides the loan's own numbers. */
  readonly content: Pick<RunMessage, "fn" | "arity" | "args"> & {
    readonly announce?: boolean;
    readonly task?: TaskSettings | undefined;
  };
  readonly functions: Iterable<FunctionEntry>;
  readonly transfer: readonly object[];
  nameOf(index: number): string;
  /** It returned this value, as it came from the worker. */
  succeed(index: number, value: unknown): void;
  /** These, one after the other, returned values that need no second look. */
  succeedRange(from: number, values: Column): void;
  /** It threw, in the worker. */
  reject(index: number, error: PackedError): void;
  /** It has failed on our side. */
  fail(index: number, error: unknown): void;
  /** These calls have not run and go back to the queue, before all others. */
  giveBack(indexes: readonly number[]): void;
  /** A message's outcomes have all been told. */
  settled(): void;
}

/** What single tasks need from their scheduler. */
export interface TaskKeeper {
  finished(task: Task, value: unknown): void;
  failed(task: Task, error: unknown): void;
  requeue(task: Task): void;
}

/** Single submits that travel together. */
export class Calls implements Work {
  readonly tasks: readonly Task[];
  readonly entry: FunctionEntry | undefined;
  readonly #keeper: TaskKeeper;

  constructor(tasks: readonly Task[], keeper: TaskKeeper) {
    this.tasks = tasks;
    this.#keeper = keeper;
    const entry = (tasks[0] as Task).entry;
    this.entry = tasks.every((task) => task.entry === entry) ? entry : undefined;
  }

  get count(): number {
    return this.tasks.length;
  }

  get functions(): Iterable<FunctionEntry> {
    return this.entry ? [this.entry] : new Set(this.tasks.map((task) => task.entry));
  }

  get transfer(): readonly object[] {
    return (this.tasks.length === 1 && this.tasks[0]?.transfer) || [];
  }

  get content(): Work["content"] {
    const { tasks } = this;
    const first = tasks[0] as Task;
    const fn = this.entry ? this.entry.number : tasks.map((task) => task.entry.number);
    const arity = first.args.length;
    const options = tasks.length === 1 ? first.options : undefined;
    const announce = options?.timeout !== undefined;
    const task = tasks.length === 1 ? first.settings : undefined;
    if (!tasks.every((task) => task.args.length === arity))
      return { fn, arity: -1, args: tasks.map((task) => task.args), announce, task };
    const flat: unknown[] = [];
    for (const task of tasks) for (const value of task.args) flat.push(value);
    return { fn, arity, args: column(flat), announce, task };
  }

  nameOf(index: number): string {
    return this.tasks[index]?.taskName ?? "";
  }

  succeed(index: number, value: unknown): void {
    const task = this.tasks[index] as Task;
    if (typeof value !== "object" || value === null) {
      this.#keeper.finished(task, value);
      return;
    }
    deliver(
      value,
      (whole) => this.#keeper.finished(task, whole),
      (error) => this.#keeper.failed(task, error),
    );
  }

  succeedRange(from: number, values: Column): void {
    for (let at = 0; at < values.length; at++)
      this.#keeper.finished(this.tasks[from + at] as Task, values[at]);
  }

  reject(index: number, error: PackedError): void {
    const task = this.tasks[index] as Task;
    deliverError(error, task.site, (whole) => this.#keeper.failed(task, whole));
  }

  fail(index: number, error: unknown): void {
    this.#keeper.failed(this.tasks[index] as Task, error);
  }

  giveBack(indexes: readonly number[]): void {
    for (let at = indexes.length - 1; at >= 0; at--)
      this.#keeper.requeue(this.tasks[indexes[at] as number] as Task);
  }

  settled(): void {}
}
