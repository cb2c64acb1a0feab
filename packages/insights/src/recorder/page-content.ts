import type { Recording } from "./recorder.ts";
import { verdicts } from "./verdicts.ts";

/** A table of texts; the first column is aligned to the left, the others to the right. */
export interface Table {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a recording says in words and numbers: the same in a report, on the dashboard and in a terminal. */
export interface PageContent {
  readonly summary: string;
  readonly verdicts: readonly string[];
  /** How many segments there are, and what was merged. */
  readonly note: string;
  readonly tables: readonly Table[];
}

/** Says what is in a recording. */
export function pageContent({ began, ended, stats, segments, merged, leftOut }: Recording): PageContent {
  const found = verdicts(stats).map(({ text }) => text);
  return {
    summary:
      `${stats.done} calls done, ${stats.failed} failed, ${stats.cancelled} cancelled, ${stats.running} running, ${stats.pending} pending, ` +
      `in ${milliseconds(ended - began)} ms from ${new Date(began).toISOString()}. The main thread was busy ${Math.round(stats.eventLoop * 100)} % of the time.`,
    verdicts: found.length === 0 ? ["Nothing stands out."] : found,
    note: noteOf(segments.length, merged, leftOut),
    tables: [
      {
        caption: "By function, in milliseconds",
        heads: ["function", "calls", "failed", "mean", "p50", "p90", "p99", "max"],
        rows: stats.byFunction.map(({ name, calls, failed, runTime: { mean, p50, p90, p99, max } }) => [
          name,
          String(calls),
          String(failed),
          ...[mean, p50, p90, p99, max].map(milliseconds),
        ]),
      },
      {
        caption: "By worker, in milliseconds",
        heads: ["worker", "calls", "failed", "start", "init", "work", "wait", "exit"],
        rows: stats.byWorker.map(({ workerId, calls, failed, start, init, work, wait, exit }) => [
          ...[workerId, calls, failed].map(String),
          ...[start, init, work, wait, exit].map(milliseconds),
        ]),
      },
      {
        caption: "Slowest calls",
        heads: ["function", "ms", "worker", "arguments"],
        rows: stats.slowest.map((call) => [
          call.function,
          milliseconds(call.milliseconds),
          String(call.workerId),
          call.arguments ?? "(not recorded)",
        ]),
      },
    ],
  };
}

function noteOf(shown: number, { segments, within }: Recording["merged"], leftOut: number): string {
  if (segments === 0 && leftOut === 0) return `All ${shown} segments are shown.`;
  const all = leftOut === 0 ? "No call is left out." : `${leftOut} calls of the oldest are left out.`;
  return `${shown} segments are shown; ${segments} older ones were merged into them, within ${within} ms per worker. ${all}`;
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
