import type { FromWorker, ResultsMessage, RunMessage, ToWorker } from "./wire.ts";

/**
 * The two messages that every batch needs travel as arrays: structured clone would write and read the name of each property
 * anew. A message takes 0.8 us instead of 1.3, there and back 1 us of the 12 of a whole trip.
 */
type CompactRun = readonly [
  id: number,
  base: number,
  count: number,
  fn: RunMessage["fn"],
  arity: number,
  args: RunMessage["args"],
  extras?: RunMessage["extras"],
];
type CompactResults = readonly [
  id: number,
  from: number,
  values: ResultsMessage["values"],
  microseconds: number,
  end: boolean,
  at: ResultsMessage["at"],
  failures?: ResultsMessage["failures"],
];

/** Any message to a thread, as it travels. */
export type CompactToWorker = CompactRun | Exclude<ToWorker, RunMessage>;
/** Any message from a worker, as it travels. */
export type CompactFromWorker = CompactResults | Exclude<FromWorker, ResultsMessage>;

export function compactToWorker(message: ToWorker): CompactToWorker {
  if (message.kind !== "run") return message;
  const { id, base, count, fn, arity, args, extras } = message;
  return extras === undefined
    ? [id, base, count, fn, arity, args]
    : [id, base, count, fn, arity, args, extras];
}

export function expandToWorker(message: CompactToWorker): ToWorker {
  if (!isArray(message)) return message;
  const [id, base, count, fn, arity, args, extras] = message;
  return { kind: "run", id, base, count, fn, arity, args, extras };
}

export function compactFromWorker(message: FromWorker): CompactFromWorker {
  if (message.kind !== "results") return message;
  const { id, from, values, microseconds, end, at, failures } = message;
  return failures === undefined
    ? [id, from, values, microseconds, end, at]
    : [id, from, values, microseconds, end, at, failures];
}

export function expandFromWorker(message: CompactFromWorker): FromWorker {
  if (!isArray(message)) return message;
  const [id, from, values, microseconds, end, at, failures] = message;
  return { kind: "results", id, from, values, microseconds, end, at, failures };
}

function isArray(message: unknown): message is readonly unknown[] {
  return Array.isArray(message);
}
