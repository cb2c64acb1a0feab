import type { CallableRef, PackedError } from "@concurrent-futures/callable";
import type {
  CarriedCall,
  NestedAnswerMessage,
  NestedAskMessage,
  NestedCancelMessage,
  NestedModeMessage,
  NestedOutcomesMessage,
  NestedRanMessage,
  NestedSubmitMessage,
} from "./wire-nested.ts";
import type { CaptureOutputMessage, OutputMessage, UsageMessage } from "./wire-notes.ts";

/**
 * All that crosses between a pool and one of its workers. Both sides know only this file of each other; messages
 * of any other kind are ignored.
 */

/** One argument or result each; numbers travel many times faster as a typed array. */
export type ValueColumn = readonly unknown[] | Float64Array;

/** From the pool to a worker. */
export type ToWorker =
  | PlacesMessage
  | CaptureOutputMessage
  | RunMessage
  | InitMessage
  | ShareMessage
  | UnshareMessage
  | StopMessage
  | AbandonMessage
  | NestedOutcomesMessage
  | NestedModeMessage
  | NestedAnswerMessage
  | EndMessage;

/** From a worker to the pool. */
export type FromWorker =
  | UpMessage
  | ResultsMessage
  | BeganMessage
  | ProgressMessage
  | UsageMessage
  | OutputMessage
  | DetachedMessage
  | EndedMessage
  | NestedSubmitMessage
  | NestedCancelMessage
  | NestedAskMessage
  | NestedRanMessage
  | InitializedMessage
  | InitFailedMessage
  | LeavingMessage
  | LeftMessage
  | DyingMessage;

/** First of all, where the pool has an initializer. Answered by `initialized` or `init-failed`. */
export interface InitMessage {
  readonly kind: "init";
  readonly ref: CallableRef;
  readonly args: readonly unknown[];
}

/** How many calls may be under way at a time, where that is more than one: the first message of all. */
export interface PlacesMessage {
  readonly kind: "places";
  readonly count: number;
}

/** A shared value, before the first message that needs it. */
export interface ShareMessage {
  readonly kind: "share";
  readonly id: string;
  readonly value: unknown;
}

/** No call will need this shared value again. */
export interface UnshareMessage {
  readonly kind: "unshare";
  readonly id: string;
}

/**
 * A dispatched batch: the worker claims each call's slot before it runs it. Answered by one or more results. As an array, like the
 * results: structured clone would write and read the name of each property again. A message takes 0.8 us instead of 1.3.
 */
export type RunMessage = readonly [
  id: number,
  /** The first call's slot; the others follow, around the end of the ring. */
  base: number,
  count: number,
  /** The function's number, or one for each call. */
  fn: number | readonly number[],
  /** How many arguments each call has, lying one after the other in `args`; -1: `args` holds an array per call. */
  arity: number,
  args: ValueColumn,
  /** What most batches do not need. */
  extras?: RunExtras | undefined,
];

/** What is said with a batch besides its calls. */
export interface RunExtras {
  /** Functions that this worker has not heard of yet. */
  readonly define: readonly (readonly [number, CallableRef])[];
  /** Functions that will not be asked for again. */
  readonly forget: readonly number[];
  /** Say when each call begins: its time limit counts from there. */
  readonly reportStart: boolean;
  /** Send each result at once: nothing is known yet of how long these calls take. */
  readonly eager: boolean;
  /** What the call's own options tell its task; such a call travels alone, but for those of a map with a seed. */
  readonly task: TaskSettings | undefined;
  /** What all its calls take along. */
  readonly carried?: CarriedCall | undefined;
  /** What each of them takes along, where that differs. */
  readonly carriedEach?: readonly (CarriedCall | undefined)[] | undefined;
}

/** What `currentTask()` gives beyond what every call has. */
export interface TaskSettings {
  readonly name?: string | undefined;
  readonly attempt?: number | undefined;
  /** The index is that of the batch's first call. */
  readonly randomFrom?: readonly [seed: number, index: number] | undefined;
}

/** A running call shall stop: its signal aborts. Its slot says STOPPING already. */
export interface StopMessage {
  readonly kind: "stop";
  readonly id: number;
  readonly index: number;
  readonly reason: unknown;
}

/** A detached call was told to stop and does not: it is left to itself. Answered by `ended`, unless it has ended. */
export interface AbandonMessage {
  readonly kind: "abandon";
  readonly id: number;
  readonly index: number;
}

/** No more work: leave. */
export interface EndMessage {
  readonly kind: "end";
  /** To be called first; its result goes into `left`. */
  readonly finalizer?: CallableRef | undefined;
}

/** The outcomes of calls `from` and following, in order; a call that was stolen or cancelled leaves a hole. */
export type ResultsMessage = readonly [
  id: number,
  from: number,
  /** How many, where none of them is said here: they are undefined, or written down. */
  values: ValueColumn | number,
  /** How long these calls ran, together. */
  microseconds: number,
  /** Whether the batch is over, its slots free. */
  end: boolean,
  /** When the last of them ended: milliseconds since 1970 by the worker's clock. */
  at: number | undefined,
  /** Which of them failed, by index in the batch. */
  failures?: readonly (readonly [number, PackedError])[] | undefined,
  /** Which of them a worker process has skipped, by index in the batch: the pool has asked for them (`claim-file.ts`). */
  skipped?: readonly number[] | undefined,
  /** Whether results are written down, as their slots say (`results/log-layout.ts`); here they are undefined. */
  written?: boolean | undefined,
];

/**
 * A call that waits goes on beside the calls that follow it: it has left its batch, in whose results it is a hole. Sent before
 * those. Its result comes by `ended`.
 */
export interface DetachedMessage {
  readonly kind: "detached";
  readonly id: number;
  readonly index: number;
}

/** A detached call has ended, or has been abandoned. */
export interface EndedMessage {
  readonly kind: "ended";
  readonly id: number;
  readonly index: number;
  readonly value?: unknown;
  readonly failure?: PackedError | undefined;
  /** From its begin to its end, without the time in which it waited for calls of its own. */
  readonly microseconds: number;
}

/** A call that was to be announced has begun. */
export interface BeganMessage {
  readonly kind: "began";
  readonly id: number;
  readonly index: number;
}

/** A running call has said how far it is; at most ten times a second. */
export interface ProgressMessage {
  readonly kind: "progress";
  readonly id: number;
  readonly index: number;
  /** 0 to 1. */
  readonly share: number;
}

/** The worker listens: the first message of all. */
export interface UpMessage {
  readonly kind: "up";
}

/** The initializer is over: what the worker does from now on is work. */
export interface InitializedMessage {
  readonly kind: "initialized";
}

/** The initializer threw: the worker is of no use. */
export interface InitFailedMessage {
  readonly kind: "init-failed";
  readonly error: PackedError;
}

/** The worker is leaving as it was told, and has something to wait for before it goes. */
export interface LeavingMessage {
  readonly kind: "leaving";
}

/** That is over; only its exit handlers are left. */
export interface LeftMessage {
  readonly kind: "left";
  /** What the finalizer returned, if it did. */
  readonly result?: readonly [unknown] | undefined;
  readonly failures: readonly (readonly ["finalizer" | "dispose", PackedError])[];
}

/** A process is about to end by an uncaught error; for its host. */
export interface DyingMessage {
  readonly kind: "dying";
  readonly error: PackedError;
}

/** Columns with fewer values cost more as a typed array than they save. */
export const minNumberColumn = 16;

/** Packs values that are all numbers into a typed array; anything else stays as it is. */
export function packNumbers(values: ValueColumn): ValueColumn {
  if (values instanceof Float64Array) return values;
  if (values.length < minNumberColumn) return values;
  if (typeof values[0] !== "number") return values;
  // By hand: the constructor's own copy of an array takes 18 ns a number, this loop 2.
  const numbers = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (typeof value !== "number") return values;
    numbers[at] = value;
  }
  return numbers;
}
