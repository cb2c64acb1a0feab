import type { CallableRef } from "@concurrent-futures/callable";
import type {
  CarriedCall,
  NestedAskMessage,
  NestedCallMessage,
  NestedCount,
  NestedOptions,
  NestedRanMessage,
  NestedSubmitMessage,
} from "../wire-nested.ts";
import { index, list, own, wrong } from "./message-fields.ts";

/**
 * What a worker submits. Functions, arguments and values inside them are only handed on to workers; what this side itself reads
 * is checked.
 *
 * @throws Error for what no worker of this library sends
 */
export function checkNestedSubmit(message: object): NestedSubmitMessage {
  const define = list(own(message, "define"), "invalid nested calls");
  const calls = list(own(message, "calls"), "invalid nested calls");
  return { kind: "nested-submit", define: define.map(definition), calls: calls.map(nestedCall) };
}

function definition(value: unknown): readonly [number, CallableRef] {
  if (!Array.isArray(value)) throw wrong("no function");
  const ref: unknown = own(value, "1");
  if (typeof ref !== "object" || ref === null) throw wrong("no function");
  const name = text(own(ref, "name")) ?? "";
  const number = index(value, "0");
  if (own(ref, "kind") === "value") {
    const packed = own(ref, "packed");
    if (typeof packed !== "object" || packed === null) throw wrong("no function");
    return [number, { ...(ref as CallableRef & { kind: "value" }), name }];
  }
  const url = text(own(ref, "url"));
  if (own(ref, "kind") !== "reference" || url === undefined) throw wrong("no function");
  const path = list(own(ref, "path"), "no function");
  if (!path.every((part) => typeof part === "string")) throw wrong("no function");
  const commonjs = own(ref, "commonjs") === true ? { commonjs: true } : {};
  return [number, { kind: "reference", name, url, path: path as string[], ...commonjs }];
}

function nestedCall(value: unknown): NestedCallMessage {
  if (typeof value !== "object" || value === null) throw wrong("an invalid nested call");
  const pool = text(own(value, "pool"));
  const args = list(own(value, "args"), "an invalid nested call");
  if (pool === undefined) throw wrong("an invalid nested call");
  const by = own(value, "by");
  return {
    call: index(value, "call"),
    pool,
    by: Array.isArray(by) ? [index(by, "0"), index(by, "1")] : undefined,
    fn: index(value, "fn"),
    args,
    options: options(own(value, "options")),
    carried: carried(own(value, "carried")),
  };
}

/** @throws Error for what no worker of this library sends */
export function checkNestedAsk(message: object): NestedAskMessage {
  const what = own(message, "what") === "cancel" ? "cancel" : "running";
  return { kind: "nested-ask", call: index(message, "call"), what };
}

/** @throws Error for what no worker of this library sends */
export function checkNestedRan(message: object): NestedRanMessage {
  const define = list(own(message, "define"), "invalid nested calls");
  const counts = list(own(message, "counts"), "invalid nested calls");
  return {
    kind: "nested-ran",
    define: define.map(definition),
    counts: counts.map(count),
    cancelled: index(message, "cancelled"),
    pending: index(message, "pending"),
    running: index(message, "running"),
  };
}

function count(value: unknown): NestedCount {
  if (!Array.isArray(value)) throw wrong("no count");
  const microseconds = number(own(value, "3"));
  if (microseconds === undefined || !(microseconds >= 0 && microseconds < Number.POSITIVE_INFINITY))
    throw wrong("no duration");
  return [index(value, "0"), index(value, "1"), index(value, "2"), microseconds];
}

function carried(value: unknown): CarriedCall | undefined {
  if (value === undefined) return undefined;
  return list(value, "an invalid nested call").map((one) => {
    const carriedText = Array.isArray(one) ? text(own(one, "1")) : undefined;
    if (carriedText === undefined) throw wrong("an invalid nested call");
    return [index(one as object, "0"), carriedText] as const;
  });
}

function options(value: unknown): NestedOptions | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const seed = own(value, "randomFrom");
  const found = {
    timeout: number(own(value, "timeout")),
    priority: number(own(value, "priority")),
    name: text(own(value, "name")),
    attempt: number(own(value, "attempt")),
    randomFrom: Array.isArray(seed) ? [number(seed[0]) ?? 0, number(seed[1]) ?? 0] : undefined,
  };
  const given = Object.entries(found).filter(([, one]) => one !== undefined);
  return given.length === 0 ? undefined : (Object.fromEntries(given) as NestedOptions);
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && !Number.isNaN(value) ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
