import type { PoolStats } from "@concurrent-futures/core/pool-stats";
import type { RecorderStats } from "./recorder.ts";
import { megabytes, percent } from "./words.ts";

/** What a verdict is about. */
export type VerdictCode =
  | "start-up"
  | "main-thread-busy"
  | "too-little-work"
  | "transfer"
  | "unbalanced"
  | "sent-again"
  | "described-again"
  | "unread-results"
  | "worker-died"
  | "memory-grows"
  | "calls-too-small";

/** Something that costs time, and what to do about it. */
export interface Verdict {
  readonly code: VerdictCode;
  /** How much of the whole it concerns, 0 to 1. */
  readonly share: number;
  /** A sentence or two, with a number. */
  readonly text: string;
}

type Stats = PoolStats & Partial<RecorderStats>;

/** From which share on a cause is worth a sentence. */
const worthSaying = 0.2;
const mostlyIdle = 0.5;
const busyLoop = 0.8;

/** Milliseconds: less work than this says nothing about a pool. */
const tooShort = 50;

/**
 * Milliseconds below which a call costs more to send than to run, and how many such calls are worth a sentence. That is the median: the first
 * call of a function loads its module, and a busy machine makes some long. Where the mean is more than thrice as much, a few calls do the work.
 */
const tinyCall = 0.005;
const tinyMean = 3 * tinyCall;
const manyCalls = 1_000;

/** Bytes of a call below which sending it is not what takes the time. */
const largeCall = 10_000;

/** Descriptions of a function that are worth a sentence. */
const manyDescriptions = 100;

/** Unread results are worth a sentence from this many on, or from this many bytes on. */
const manyUnread = 100;
const muchUnread = 10_000_000;

/** Bytes by which a heap has grown for good, and by which it grows for each call. */
const muchGrowth = 32_000_000;
const growthPerCall = 1_000;

/**
 * What could be better about a pool, in words: `[]` for one that is well or has done nothing. What only a recorder sees (the
 * main thread, the cost of sending, unread results, workers that died) is judged with `recorder.stats()`.
 *
 * @example
 * ```ts
 * for (const { text } of verdicts(pool.stats())) console.log(text);
 * ```
 */
export function verdicts(stats: PoolStats | RecorderStats): Verdict[] {
  if (stats.done + stats.failed === 0) return [];
  const causes = [startUp, idle, transfer, unbalanced, sentAgain, describedAgain, unread, died, memory];
  return [...causes.flatMap((judge) => judge(stats) ?? []), ...smallCalls(stats)];
}

/** The milliseconds of all workers together, by what they were spent on. */
function timesOf({ byWorker }: Stats): { starting: number; work: number; wait: number; life: number } {
  const sum = (part: "start" | "init" | "work" | "wait" | "exit"): number =>
    byWorker.reduce((all, worker) => all + worker[part], 0);
  const [starting, work, wait] = [sum("start") + sum("init"), sum("work"), sum("wait")];
  return { starting, work, wait, life: starting + work + wait + sum("exit") };
}

function startUp(stats: Stats): Verdict | undefined {
  const { starting, life } = timesOf(stats);
  if (life < tooShort || starting / life <= worthSaying) return undefined;
  const share = starting / life;
  return {
    code: "start-up",
    share,
    text: `Starting and initializing workers took ${percent(share)} of their time. Use one pool for all of your work, and create it early.`,
  };
}

/** Why workers waited: for this thread, for the last call, or for more to do. */
function idle(stats: Stats): Verdict | undefined {
  const { wait, life } = timesOf(stats);
  const { eventLoop = 0, lastCall } = stats;
  const share = life === 0 ? 0 : wait / life;
  if (life < tooShort) return undefined;
  if (share > worthSaying && eventLoop > busyLoop) {
    return {
      code: "main-thread-busy",
      share: eventLoop,
      text: `This thread was busy ${percent(eventLoop)} of the time, while workers waited. Do less in it: move work into the calls, send fewer and larger ones.`,
    };
  }
  if (stats.pending > 0) return undefined;
  if (lastCall !== undefined && lastCall.share > worthSaying && lastCall.alone >= tooShort) {
    return {
      code: "too-little-work",
      share: lastCall.share,
      text: `The last call, of \`${lastCall.function}\`, ran ${lastCall.alone.toFixed(0)} ms alone, ${percent(lastCall.share)} of the run. Submit the longest calls first, or make calls smaller.`,
    };
  }
  if (share <= mostlyIdle) return undefined;
  return {
    code: "too-little-work",
    share,
    text: `Workers had nothing to do for ${percent(share)} of their time. Use fewer workers, or submit more at once; if one long call comes last, submit it first.`,
  };
}

function transfer(stats: Stats): Verdict | undefined {
  const { largest, pack, unpack } = stats.transfer ?? { largest: undefined, pack: 0, unpack: 0 };
  const sending = pack + unpack;
  const share = sending / (sending + timesOf(stats).work);
  if (largest === undefined || largest.bytes < largeCall || sending < tooShort || share <= worthSaying)
    return undefined;
  return {
    code: "transfer",
    share,
    text: `Sending arguments and results took ${sending.toFixed(0)} ms, ${percent(share)} of the time of all calls; one of \`${largest.function}\` takes ${megabytes(largest.bytes)} along. Give what many calls use to share(), move() memory that one call uses, or let the call read it by itself.`,
  };
}

/** Workers that were up for most of the time, and still did very different amounts of work. */
function unbalanced({ byWorker }: Stats): Verdict | undefined {
  const shares = byWorker
    .map(({ work, wait, workerId }) => ({ workerId, share: work / (work + wait), time: work + wait }))
    .filter(({ time }) => time >= tooShort)
    .sort((a, b) => a.share - b.share);
  if (shares.length < 2) return undefined;
  const busiest = shares.at(-1) as (typeof shares)[number];
  const median = shares[(shares.length - 1) >> 1] as (typeof shares)[number];
  const gap = busiest.share - median.share;
  if (gap <= 2 * worthSaying) return undefined;
  return {
    code: "unbalanced",
    share: gap,
    text: `Worker ${busiest.workerId} worked ${percent(busiest.share)} of its time, the median worker ${percent(median.share)}. Make calls smaller, or leave \`chunksize\` alone.`,
  };
}

function sentAgain({ sentAgain: again, done, failed }: Stats): Verdict | undefined {
  if (again === undefined || again.times === 0) return undefined;
  const what = again.values === 1 ? "The same large value was" : `${again.values} large values were`;
  return {
    code: "sent-again",
    share: Math.min(1, again.times / (done + failed)),
    text: `${what} sent ${again.times} times more after the ninth, ${megabytes(again.bytes)} in all. Pass it to share() to send it to each worker once.`,
  };
}

/** A function with variables of its surroundings, submitted again and again for little work. */
function describedAgain(stats: Stats): Verdict | undefined {
  const { described } = stats;
  if (described === undefined || described.times < manyDescriptions) return undefined;
  const { function: name, times, milliseconds } = described;
  const share = milliseconds / (milliseconds + timesOf(stats).work);
  if (milliseconds < tooShort || share <= worthSaying) return undefined;
  return {
    code: "described-again",
    share,
    text: `\`${name}\` was described ${times} times, ${(milliseconds / times).toFixed(3)} ms each: it uses variables around it, which may have changed. Export it from a module and give it what it needs as arguments, or use map(), which describes it once.`,
  };
}

function unread({ unread: most }: Stats): Verdict | undefined {
  if (most === undefined) return undefined;
  const share = most.count / Math.max(1, most.of);
  if (share <= mostlyIdle || (most.count < manyUnread && most.bytes < muchUnread)) return undefined;
  return {
    code: "unread-results",
    share,
    text: `${most.count} of ${most.of} results of \`${most.function}\`, about ${megabytes(most.bytes)}, had not been read when the last call had ended. Set \`buffersize\`, and calls run no further ahead of the reader than that.`,
  };
}

function died({ deaths = 0, byWorker }: Stats): Verdict | undefined {
  if (deaths === 0) return undefined;
  return {
    code: "worker-died",
    share: Math.min(1, deaths / Math.max(1, byWorker.length)),
    text: `${deaths} of ${byWorker.length} workers died. Their errors say why; for one that runs out of memory, \`maxTasksPerChild\` helps.`,
  };
}

function memory({ byWorker }: Stats): Verdict | undefined {
  const growing = byWorker
    .flatMap(({ workerId, heap, heapGrowth }) =>
      heap === undefined || heapGrowth === undefined ? [] : [{ workerId, heap, ...heapGrowth }],
    )
    .filter(({ bytes, perCall }) => bytes >= muchGrowth && perCall >= growthPerCall)
    .sort((a, b) => b.bytes - a.bytes);
  const [most] = growing;
  if (most === undefined) return undefined;
  return {
    code: "memory-grows",
    share: Math.min(1, most.bytes / most.heap),
    text: `The memory of worker ${most.workerId} grows by ${megabytes(most.perCall * 1_000)} per 1,000 calls, and is now ${megabytes(most.heap)}. Find out what its modules keep in memory, or replace workers with \`maxTasksPerChild\`.`,
  };
}

/** One for each function whose calls are too small. */
function smallCalls({ byFunction, done, failed }: Stats): Verdict[] {
  return byFunction
    .filter(({ calls, runTime }) => calls >= manyCalls && runTime.p50 < tinyCall && runTime.mean < tinyMean)
    .map(({ name, calls, runTime }) => ({
      code: "calls-too-small",
      share: calls / (done + failed),
      text: `${calls} calls of \`${name}\` took ${(runTime.p50 * 1000).toFixed(1)} us each (median), less than it costs to send them. Call it directly, or let each call do more.`,
    }));
}
