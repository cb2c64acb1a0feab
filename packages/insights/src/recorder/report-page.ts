import { createHash } from "node:crypto";
import { pageScript, pageStyle } from "./page-assets.ts";
import type { Recording } from "./recorder.ts";
import { verdicts } from "./verdicts.ts";

/** A cell of a table: text to the left, numbers to the right. */
type Cell = string | number;

/**
 * A recording as one page that asks for nothing: text first, then what is drawn. Names and previews come from programs,
 * so each is escaped, and only the page's own script and style may run.
 */
export function reportPage(recording: Recording): string {
  const { began, ended, stats, segments, merged } = recording;
  const policy = `default-src 'none'; script-src '${hashOf(pageScript)}'; style-src '${hashOf(pageStyle)}'`;
  const found = verdicts(stats);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>concurrent-futures: what a pool did</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>What a pool did</h1>
<p>${stats.done} calls done, ${stats.failed} failed, ${stats.cancelled} cancelled, in ${milliseconds(ended - began)} ms
from ${escapeHtml(new Date(began).toISOString())}. The main thread was busy ${Math.round(stats.eventLoop * 100)} % of the time.</p>
<h2>Verdicts</h2>
${found.length === 0 ? "<p>Nothing stands out.</p>" : `<ul>${found.map(({ text }) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>`}
<h2>Timeline</h2>
<p class="note">One row per worker; failed calls are red. With the focus on it, arrow keys move, + and - change the scale.
${
  merged.segments === 0
    ? `All ${segments.length} segments are shown.`
    : `${segments.length} segments are shown; ${merged.segments} older ones were merged into them, within ${merged.within} ms per worker. No call is left out.`
}</p>
<canvas id="timeline" tabindex="0" role="img" aria-label="Timeline of the workers; the tables below have its numbers"></canvas>
<h2>Calls that ended, over time</h2>
<canvas id="throughput" role="img" aria-label="Calls that ended over time"></canvas>
<p class="note" id="here"></p>
${table(
  "By function, in milliseconds",
  ["function", "calls", "failed", "mean", "p50", "p90", "p99", "max"],
  stats.byFunction.map(({ name, calls, failed, runTime: { mean, p50, p90, p99, max } }) => [
    name,
    calls,
    failed,
    ...[mean, p50, p90, p99, max].map(milliseconds),
  ]),
)}
${table(
  "By worker, in milliseconds",
  ["worker", "calls", "failed", "start", "init", "work", "wait", "exit"],
  stats.byWorker.map(({ workerId, calls, failed, start, init, work, wait, exit }) => [
    workerId,
    calls,
    failed,
    ...[start, init, work, wait, exit].map(milliseconds),
  ]),
)}
${table(
  "Slowest calls",
  ["function", "ms", "worker", "arguments"],
  stats.slowest.map((call) => [
    call.function,
    milliseconds(call.milliseconds),
    call.workerId,
    call.arguments ?? "(not recorded)",
  ]),
)}
<script type="application/json" id="data">${JSON.stringify(recording).replaceAll("<", "\\u003c")}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = heads.map((one) => `<th scope="col">${escapeHtml(one)}</th>`).join("");
  const body = rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(String(cell))}</td>`).join("")}</tr>`)
    .join("\n");
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
