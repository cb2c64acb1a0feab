import type { CallableRef, PackedError } from "@concurrent-futures/callable";
import type { CallOptions } from "@concurrent-futures/core";

/** The part of `wire.ts` that is about calls which tasks submit. */

/** How calls ended that a task has submitted. Values and errors are as they came from where they ran. */
export interface NestedOutcomesMessage {
  readonly kind: "nested-outcomes";
  readonly outcomes: readonly NestedOutcome[];
}

/** What a worker may do with the calls that its tasks submit. */
export interface NestedModeMessage {
  readonly kind: "nested-mode";
  /** The executor whose calls it may run itself. */
  readonly keep: string | undefined;
  /** Whether it is the only worker there can be. */
  readonly alone: boolean;
  /** How many calls others would take. */
  readonly wanted: number;
}

/** The answer to `nested-ask`. */
export interface NestedAnswerMessage {
  readonly kind: "nested-answer";
  readonly call: number;
  readonly value: boolean;
}

/** Calls that a task submits to an executor of the pool's side. */
export interface NestedSubmitMessage {
  readonly kind: "nested-submit";
  /** Functions that this worker has not named yet. */
  readonly define: readonly (readonly [number, CallableRef])[];
  readonly calls: readonly NestedCallMessage[];
}

export interface NestedCallMessage {
  /** Numbered by the worker. */
  readonly call: number;
  /** The executor, as its handle names it. */
  readonly pool: string;
  /** The call that submits it, as batch and index, if it is one of the worker's. */
  readonly by: readonly [id: number, index: number] | undefined;
  readonly fn: number;
  readonly args: readonly unknown[];
  readonly options: NestedOptions | undefined;
  /** What it takes along. */
  readonly carried?: CarriedCall | undefined;
}

/** Nobody wants the outcome of this nested call any more. */
export interface NestedCancelMessage {
  readonly kind: "nested-cancel";
  readonly call: number;
  readonly force: boolean;
}

/** What the pool knows of a nested call that it has: whether it runs; or it is cancelled, if it has not begun. Answered by `nested-answer`. */
export interface NestedAskMessage {
  readonly kind: "nested-ask";
  readonly call: number;
  readonly what: "cancel" | "running";
}

/** Nested calls that the worker has run itself, and how many more it has. */
export interface NestedRanMessage {
  readonly kind: "nested-ran";
  readonly define: readonly (readonly [number, CallableRef])[];
  readonly counts: readonly NestedCount[];
  /** Calls that were cancelled before they began. */
  readonly cancelled: number;
  readonly pending: number;
  readonly running: number;
}

export type NestedOutcome =
  | readonly [call: number, how: "done", value: unknown]
  | readonly [call: number, how: "failed", error: PackedError]
  | readonly [call: number, how: "cancelled", reason: PackedError];

/** What is asked for a nested call by itself, as far as it is done on the pool's side. */
export type NestedOptions = Pick<CallOptions, "timeout" | "priority" | "name" | "attempt" | "randomFrom">;

/** Calls of one function that have ended since it was last said. */
export type NestedCount = readonly [fn: number, calls: number, failed: number, microseconds: number];

/** What a call takes along, as the numbers of functions that restore it and what they are given; the first is outermost. */
export type CarriedCall = readonly (readonly [restore: number, value: string])[];
