import type { PoolStats } from "@concurrent-futures/core/pool-stats";
import type { RecorderStats } from "./recorder.ts";

/** What a verdict is about. */
export type VerdictCode =
  | "start-up"
  | "main-thread-busy"
  | "too-little-work"
  | "unbalanced"
  | "worker-died"
  | "calls-too-small";

/** Something that costs time, and what to do about it. */
export interface Verdict {
  readonly code: VerdictCode;
  /** How much of the whole it concerns, 0 to 1. */
  readonly share: number;
  /** A sentence or two, with a number. */
  readonly text: string;
}

/** From which share on a cause is worth a sentence. */
const worthSaying = 0.2;
const mostlyIdle = 0.5;
const busyLoop = 0.8;

/** Milliseconds: less work than this says nothing about a pool. */
const tooShort = 50;

/** Milliseconds below which a call costs more to send than to run, and how many such calls are worth a sentence. */
const tinyCall = 0.005;
const manyCalls = 1_000;

/**
 * What could be better about a pool, in words: `[]` for one that is well or has done nothing. What only a recorder sees (the
 * main thread, workers that died) is judged with `recorder.stats()`.
 *
 * @example
 * ```ts
 * for (const { text } of verdicts(pool.stats())) console.log(text);
 * ```
 */
export function verdicts(stats: PoolStats | RecorderStats): Verdict[] {
  const found: Verdict[] = [];
  if (stats.done + stats.failed === 0) return found;
  const sum = (part: "start" | "init" | "work" | "wait" | "exit"): number =>
    stats.byWorker.reduce((all, worker) => all + worker[part], 0);
  const [start, init, work, wait] = [sum("start"), sum("init"), sum("work"), sum("wait")];
  const life = start + init + work + wait + sum("exit");
  const eventLoop = "eventLoop" in stats ? stats.eventLoop : 0;
  const deaths = "deaths" in stats ? stats.deaths : 0;
  const starting = life === 0 ? 0 : (start + init) / life;
  const waiting = life === 0 ? 0 : wait / life;
  if (life >= tooShort && starting > worthSaying) {
    found.push({
      code: "start-up",
      share: starting,
      text: `Starting and initializing workers took ${percent(starting)} of their time. Keep the pool for all of your work, and make it early.`,
    });
  }
  if (life >= tooShort && waiting > worthSaying && eventLoop > busyLoop) {
    found.push({
      code: "main-thread-busy",
      share: eventLoop,
      text: `This thread was busy ${percent(eventLoop)} of the time, while workers waited. Do less in it: move work into the calls, send fewer and larger ones.`,
    });
  } else if (life >= tooShort && waiting > mostlyIdle && stats.pending === 0) {
    found.push({
      code: "too-little-work",
      share: waiting,
      text: `Workers had nothing to do for ${percent(waiting)} of their time. Use fewer workers, or submit more at once; if one long call comes last, submit it first.`,
    });
  }
  const unbalanced = imbalance(stats);
  if (unbalanced !== undefined) found.push(unbalanced);
  if (deaths > 0) {
    found.push({
      code: "worker-died",
      share: Math.min(1, deaths / stats.byWorker.length),
      text: `${deaths} of ${stats.byWorker.length} workers died. Their errors say why; for one that runs out of memory, \`maxTasksPerChild\` helps.`,
    });
  }
  for (const { name, calls, runTime } of stats.byFunction) {
    if (calls < manyCalls || runTime.mean >= tinyCall) continue;
    found.push({
      code: "calls-too-small",
      share: calls / (stats.done + stats.failed),
      text: `${calls} calls of \`${name}\` took ${(runTime.mean * 1000).toFixed(1)} us each, less than it costs to send them. Call it directly, or let each call do more.`,
    });
  }
  return found;
}

/** Workers that were up for most of the time, and still did very different amounts of work. */
function imbalance({ byWorker }: PoolStats): Verdict | undefined {
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

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
