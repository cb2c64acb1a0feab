import type { PackedError } from "@concurrent-futures/callable";
import { type CallOptions, Future, type FutureOwner } from "@concurrent-futures/core";
import type { SharedContent } from "../shared-content.ts";
import type { TaskSettings } from "../wire.ts";
import type { Carried } from "./carried.ts";
import type { DispatchedBatch } from "./dispatched-batch.ts";
import type { FunctionEntry } from "./function-entry.ts";

/** How a nested call failed, in its travelling form: it goes on to where it was submitted. */
export class PackedFailure {
  readonly packed: PackedError;
  constructor(packed: PackedError) {
    this.packed = packed;
  }
}

/**
 * One submitted call, and the future that its submitter holds: a single object, since a million of them may wait.
 * While it is dispatched, its state is in its slot; nothing here repeats it.
 */
export class Task extends Future<unknown> {
  readonly entry: FunctionEntry;
  readonly options: CallOptions | undefined;
  /** Where it was submitted: an object with a `stack`, shared by the calls of a loop. */
  readonly site: { readonly stack?: string } | undefined;
  /** When it was submitted, in milliseconds of the scheduler's clock. */
  readonly submitted: number;
  args: readonly unknown[];
  transfer: readonly object[] | undefined = undefined;
  dispatched: DispatchedBatch | undefined = undefined;
  index = 0;
  /** Submitted by a task: its outcome stays in its travelling form. */
  nested = false;
  /** The shared values that it uses. */
  shared: readonly SharedContent[] | undefined = undefined;
  /** What it takes along besides its arguments. */
  carried: Carried | undefined = undefined;

  constructor(
    owner: FutureOwner,
    entry: FunctionEntry,
    args: readonly unknown[],
    options: CallOptions | undefined,
    site: { readonly stack?: string } | undefined,
    submitted: number,
  ) {
    super(owner);
    this.entry = entry;
    this.args = args;
    this.options = options;
    this.site = site;
    this.submitted = submitted;
  }

  /** Travels in a batch of its own: it is watched, has settings, or takes something along that exists only once. */
  get alone(): boolean {
    return (
      this.transfer !== undefined ||
      (this.options !== undefined && (this.options.timeout !== undefined || this.settings !== undefined))
    );
  }

  /** What its worker is told of its options. */
  get settings(): TaskSettings | undefined {
    if (this.options === undefined) return undefined;
    const { name, attempt, randomFrom } = this.options;
    if (name === undefined && attempt === undefined && randomFrom === undefined) return undefined;
    return { name, attempt, randomFrom };
  }

  get priority(): number {
    return this.options?.priority ?? 0;
  }

  get taskName(): string {
    return this.options?.name ?? this.entry.name;
  }
}
