import { types } from "node:util";
import type { PackedError } from "@concurrent-futures/callable";
import { slotCount } from "../slots.ts";
import type { FromWorker, LeftMessage, ResultsMessage, ValueColumn } from "../wire.ts";
import { checkNestedAsk, checkNestedRan, checkNestedSubmit } from "./check-nested.ts";
import { index, list, own, wrong } from "./message-fields.ts";

/** A message of results that has been looked at. */
export interface Results {
  readonly kind: "results";
  readonly id: number;
  readonly from: number;
  readonly values: ValueColumn;
  readonly failures: ResultsMessage[6];
  readonly skipped: ResultsMessage[7];
  readonly microseconds: number;
  readonly at: number | undefined;
  readonly end: boolean;
  /** Whether results are written down, as their slots say. */
  readonly written: boolean;
  /** Whether no value can be anything but plain data: numbers, or what was written down. */
  readonly plain: boolean;
}

/** What a worker has said, after it has been looked at. */
export type CheckedMessage = Results | Exclude<FromWorker, ResultsMessage>;

/**
 * What a worker says is data until it has been looked at: a task may have written to the worker's descriptor, or replaced
 * what messages are made of. Only own properties count, since a polluted prototype must not speak for a message.
 *
 * @throws Error for what no worker of this library sends; it is that worker's end
 */
export function checkFromWorker(message: unknown): CheckedMessage {
  if (typeof message !== "object" || message === null) throw wrong("no object");
  if (Array.isArray(message)) return checkResults(message);
  const kind = own(message, "kind");
  switch (kind) {
    case "up":
    case "initialized":
    case "leaving":
      return { kind };
    case "began":
      return { kind, id: index(message, "id"), index: index(message, "index") };
    case "progress":
      return { kind, id: index(message, "id"), index: index(message, "index"), share: share(message) };
    case "usage":
      return { kind, heap: amount(own(message, "heap")), cpu: optionalAmount(own(message, "cpu")) };
    case "output":
      return {
        kind,
        stream: own(message, "stream") === "stderr" ? "stderr" : "stdout",
        text: text(own(message, "text")),
        task: optionalText(own(message, "task")),
      };
    case "init-failed":
    case "dying":
      return { kind, error: packedError(own(message, "error")) };
    case "detached":
      return { kind, id: index(message, "id"), index: index(message, "index") };
    case "ended":
      return {
        kind,
        id: index(message, "id"),
        index: index(message, "index"),
        value: own(message, "value"),
        failure: optionalError(own(message, "failure")),
        microseconds: amount(own(message, "microseconds")),
      };
    case "nested-submit":
      return checkNestedSubmit(message);
    case "nested-ask":
      return checkNestedAsk(message);
    case "nested-ran":
      return checkNestedRan(message);
    case "nested-cancel":
      return { kind, call: index(message, "call"), force: own(message, "force") === true };
    case "left":
      return {
        kind,
        result: exitResult(own(message, "result")),
        failures: exitFailures(own(message, "failures")),
      };
    default:
      throw wrong("a message of unknown kind");
  }
}

function checkResults(message: readonly unknown[]): Results {
  return {
    kind: "results",
    id: index(message, "0"),
    from: index(message, "1"),
    values: column(own(message, "2")),
    microseconds: amount(own(message, "3")),
    end: own(message, "4") === true,
    at: moment(own(message, "5")),
    failures: failures(own(message, "6")),
    skipped: skipped(own(message, "7")),
    written: own(message, "8") === true,
    plain: !Array.isArray(own(message, "2")),
  };
}

function amount(value: unknown): number {
  if (typeof value !== "number" || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw wrong("an invalid amount of time or memory");
  return value;
}

function optionalAmount(value: unknown): number | undefined {
  return value === undefined ? undefined : amount(value);
}

function text(value: unknown): string {
  if (typeof value !== "string") throw wrong("no text");
  return value;
}

function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : text(value);
}

function share(message: object): number {
  const value = own(message, "share");
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) throw wrong("an invalid share of a call");
  return value;
}

/** Only shown, never reckoned with: one that is none is left out. */
function moment(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function column(value: unknown): ValueColumn {
  if (typeof value === "number") {
    if (!(Number.isInteger(value) && value >= 0 && value <= slotCount))
      throw wrong("an invalid list of results");
    return new Array<undefined>(value).fill(undefined);
  }
  // By what it is, not by its class: what crosses a port may belong to another realm than this module.
  if (types.isFloat64Array(value)) return value;
  return list(value, "an invalid list of results", slotCount);
}

function failures(value: unknown): readonly (readonly [number, PackedError])[] | undefined {
  if (value === undefined) return undefined;
  return list(value, "an invalid list of failures", slotCount).map((item) => {
    if (!Array.isArray(item)) throw wrong("an invalid failure");
    return [index(item, "0"), packedError(own(item, "1"))] as const;
  });
}

function skipped(value: unknown): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const indexes = list(value, "no list of skipped calls", slotCount);
  return indexes.map((_, at) => index(indexes, String(at)));
}

function exitResult(value: unknown): readonly [unknown] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrong("an invalid exit result");
  return [own(value, "0")];
}

function exitFailures(value: unknown): LeftMessage["failures"] {
  return list(value, "an invalid list of failures").map((item) => {
    if (!Array.isArray(item)) throw wrong("an invalid failure");
    const what = own(item, "0") === "finalizer" ? "finalizer" : "dispose";
    return [what, packedError(own(item, "1"))] as const;
  });
}

function optionalError(value: unknown): PackedError | undefined {
  return value === undefined ? undefined : packedError(value);
}

function packedError(value: unknown): PackedError {
  if (typeof value !== "object" || value === null || own(value, "kind") !== "error") throw wrong("no error");
  return { kind: "error", value: own(value, "value") };
}
