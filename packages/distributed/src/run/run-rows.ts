import { Buffer } from "node:buffer";
import { currentTask, type TaskContext } from "@concurrent-futures/core";
import { isThenable } from "@concurrent-futures/core/thenable";
import { type CarriedHeader, carriedAt } from "../wire/carried.ts";
import { joinReplies, type ReplyFrame, splitFrames } from "../wire/frames.ts";
import { type ClaimPlace, claimsFor } from "./claim.ts";
import { type Outcome, type RunnableCall, type Runner, runnerOf, withContext } from "./runner.ts";

/** Milliseconds after which results are sent back, whatever is left to do. */
const longest = 50;
/** Bytes of results that are sent back at once. */
const enough = 256 * 1024;

/** Rows that follow each other in a job: the place of the first, and how many there are. */
export interface RowsPart {
  readonly first: number;
  readonly count: number;
}

/** How far all of them are, when one is so far: what the pool of this machine is told, which knows one call. */
function shareOfAll(at: number, share: number, { count }: RowsPart): number {
  return (at + Math.min(share, 0.999)) / count;
}

/** The inverse of {@link shareOfAll}. */
export function rowIn(
  all: number,
  { first, count }: RowsPart,
): { readonly index: number; readonly share: number } {
  const at = Math.min(Math.floor(all * count), count - 1);
  return { index: first + at, share: Math.min(Math.max(all * count - at, 0), 1) };
}

/** Rows of a map: the same function, called on each in turn. */
export interface RunnableRows extends RunnableCall, RowsPart {
  /** Where to note which row it is at. */
  readonly claim: ClaimPlace;
  /** What each of them takes along. */
  readonly carriedBy: CarriedHeader | undefined;
}

/** What became of the first of the rows: their replies, behind each other. */
export interface RowsOutcome {
  readonly bytes: Uint8Array;
  readonly modules: readonly string[];
  readonly count: number;
}

/** Calls a function on one row after the other: an error is the outcome of its row. Returns early when it takes long. */
export async function runRows(call: RunnableRows, bytes: Uint8Array): Promise<RowsOutcome> {
  const runner = runnerOf();
  const rows = splitFrames(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), call.count);
  const replies: ReplyFrame[] = [];
  const modules = new Set<string>();
  const begin = claimsFor(call.claim);
  const { signal } = currentTask() as TaskContext;
  const until = performance.now() + longest;
  let size = 0;
  let running = 0;
  const shareSoFar = (share: number): number => shareOfAll(running, share, call);
  const run = await rowsOf(call, runner);
  await withContext({ ...call, shareSoFar }, async () => {
    for (const [at, row] of rows.entries()) {
      running = at;
      begin(at);
      const step = typeof run === "function" ? run(at, row) : run;
      const outcome = step instanceof Promise ? await step : step;
      const { failed, bytes, microseconds } = outcome;
      for (const module of outcome.modules) modules.add(module);
      replies.push({ kind: failed ? "error" : "result", index: call.first + at, bytes, microseconds });
      size += bytes.byteLength;
      if (size >= enough || signal.aborted || performance.now() >= until) break;
    }
  });
  return { bytes: joinReplies(replies), modules: [...modules], count: replies.length };
}

/** How a row runs; or the outcome of every row, where the function or what it takes along cannot be had. */
async function rowsOf(call: RunnableRows, runner: Runner): Promise<RunRow | Outcome> {
  try {
    const fn = await runner.functionOf(call);
    const { carriedBy } = call;
    if (carriedBy === undefined)
      return (_at, row) => runRow(runner, row, (args) => Reflect.apply(fn, undefined, args));
    const restoring = await Promise.all(
      carriedBy.v.map((_own, at) => runner.restoring(carriedAt(carriedBy, at))),
    );
    return (at, row) => {
      const restored = restoring[restoring.length === 1 ? 0 : call.first + at];
      return runRow(runner, row, (args) => {
        const run = (): unknown => Reflect.apply(fn, undefined, args);
        return restored === undefined ? run() : restored(run);
      });
    };
  } catch (error) {
    return runner.outcome(true, error, performance.now());
  }
}

type RunRow = (at: number, row: Uint8Array) => Outcome | Promise<Outcome>;

/** Without a promise where the function gives none: a turn of the event loop for each row would cost more than most rows. */
function runRow(
  runner: Runner,
  row: Uint8Array,
  apply: (args: unknown[]) => unknown,
): Outcome | Promise<Outcome> {
  let began = performance.now();
  try {
    const args = runner.modules.decode(row) as unknown[];
    began = performance.now();
    const value = apply(args);
    if (!isThenable(value)) return runner.outcome(false, value, began);
    return Promise.resolve(value).then(
      (result) => runner.outcome(false, result, began),
      (error) => runner.outcome(true, error, began),
    );
  } catch (error) {
    return runner.outcome(true, error, began);
  }
}
