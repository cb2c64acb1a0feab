import type { MapEnd } from "@concurrent-futures/core";
import type { ProgressStats } from "./options.ts";
import { fit, textWidth } from "./text-width.ts";

/** What a terminal can show. */
export interface Look {
  readonly columns: number;
  readonly unicode: boolean;
  readonly colour: boolean;
}

/** Longest and shortest bar, in columns; with less room than the shortest there are only numbers. */
const longestBar = 30;
const shortestBar = 5;

const reasons: Readonly<Record<MapEnd, string>> = {
  done: "",
  failed: "stopped by an error",
  left: "left early",
};

/** What the environment says about letters and colours. */
export function lookOf(columns: number, environment: NodeJS.ProcessEnv = process.env): Look {
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"] || "";
  return {
    columns,
    unicode: process.platform === "win32" || /utf-?8/i.test(locale),
    colour: !environment["NO_COLOR"],
  };
}

/** The share of calls that have ended, running ones in proportion, or undefined when there is no total. */
export function shareOf({ done, failed, underWay, total }: ProgressStats): number | undefined {
  if (total === undefined) return undefined;
  return total === 0 ? 1 : Math.min(1, (done + failed + underWay) / total);
}

/** The numbers of a line, in plain text: `312/1000 31 % 1 failed 120/s 0:05 left`. */
export function numbers(stats: ProgressStats, rate: number, end: MapEnd | undefined): string {
  const { done, failed, underWay, total, elapsed } = stats;
  const ended = done + failed;
  const share = shareOf(stats);
  const parts = [total === undefined ? `${ended}` : `${ended}/${total}`];
  if (share !== undefined) parts.push(`${Math.floor(share * 100)} %`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (end !== undefined) {
    parts.push(`in ${clock(elapsed)}`);
    if (reasons[end] !== "") parts.push(reasons[end]);
  } else if (rate > 0) {
    parts.push(rate >= 1 ? `${Math.round(rate)}/s` : `${(1 / rate).toFixed(1)} s each`);
    if (total !== undefined && total > ended)
      parts.push(`${clock(((total - ended - underWay) / rate) * 1000)} left`);
  }
  return parts.join(" ");
}

/** One line for a terminal: label, bar and numbers, no wider than its columns. */
export function barLine(
  label: string,
  stats: ProgressStats,
  rate: number,
  end: MapEnd | undefined,
  look: Look,
): string {
  const text = numbers(stats, rate, end);
  const before = label === "" ? "" : `${label} `;
  const share = shareOf(stats);
  const room = look.columns - textWidth(before) - textWidth(text) - 3;
  if (share === undefined || room < shortestBar) return fit(before + text, look.columns);
  return before + bar(share, Math.min(longestBar, room), look, stats.failed > 0) + text;
}

function bar(share: number, length: number, { unicode, colour }: Look, failures: boolean): string {
  const full = Math.floor(share * length);
  if (!unicode) return `[${"#".repeat(full)}${"-".repeat(length - full)}] `;
  const [filled, rest] = ["█".repeat(full), "░".repeat(length - full)];
  return colour ? `\u001B[${failures ? 33 : 32}m${filled}\u001B[39m${rest} ` : `${filled}${rest} `;
}

/** Milliseconds as `1:02:03` or `2:03`. */
function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
