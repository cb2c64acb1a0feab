import { createHash } from "node:crypto";
import { type PageContent, pageContent, type Table } from "./page-content.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import type { Recording } from "./recorder.ts";

/** What a page may do: run its own script and use its own style, and nothing else. */
export const pagePolicy: string = `default-src 'none'; script-src '${hashOf(pageScript)}'; style-src '${hashOf(pageStyle)}'`;

/** A recording as one page that asks for nothing: text first, then what is drawn. */
export function reportPage(recording: Recording): string {
  // Names and previews come from programs: the data must not end its element.
  const data = JSON.stringify(recording).replaceAll("<", "\\u003c");
  return page(
    pageContent(recording),
    `<meta http-equiv="Content-Security-Policy" content="${pagePolicy}">`,
    `<script type="application/json" id="data">${data}</script>`,
  );
}

/** The same page without data: it listens for them where it came from. */
export function livePage(content: PageContent): string {
  return page(content, "", "");
}

function page({ summary, verdicts, note, tables }: PageContent, head: string, data: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${head}
<meta name="viewport" content="width=device-width">
<title>concurrent-futures: what a pool did</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<h1>What a pool did</h1>
<p id="summary">${escapeHtml(summary)}</p>
<p id="state" role="status"></p>
<h2>Verdicts</h2>
<ul id="verdicts">${verdicts.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>
<h2>Timeline</h2>
<p>One row per worker; failed calls are red. <span id="note">${escapeHtml(note)}</span></p>
<p><button id="earlier">Earlier</button> <button id="later">Later</button> <button id="closer">Closer</button>
<button id="wider">Wider</button> or, in the timeline, the arrow keys, + and -.</p>
<canvas id="timeline" tabindex="0" role="img" aria-label="Timeline of the workers; the tables below have its numbers"></canvas>
<ul id="legend" aria-label="Colours of the functions"></ul>
<h2>Calls that ended, over time</h2>
<canvas id="throughput" role="img" aria-label="Calls that ended over time"></canvas>
<p id="shown"></p>
<div id="tables">${tables.map(tableHtml).join("\n")}</div>
</main>
${data}
<script>${pageScript}</script>
</body>
</html>
`;
}

function tableHtml({ caption, heads, rows }: Table): string {
  const head = heads.map((one) => `<th scope="col">${escapeHtml(one)}</th>`).join("");
  const body = rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`)
    .join("\n");
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
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
