/**
 * Writes docs/conformance.md from CPython's tests (packages/conformance/rows.json), the differences
 * (packages/conformance/differences.json) and the results of the last `pnpm test`. With --check it only compares, and
 * fails for a row of concurrent.futures that applies here and has no passing test.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { root } from "./run.mjs";

const page = `${root}docs/conformance.md`;
const results = `${root}node_modules/.cache/jest-results.json`;
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

if (!existsSync(results)) {
  console.error("There are no results of tests yet. Run: npx -y pnpm@12 test");
  process.exit(1);
}

const rows = read(`${root}packages/conformance/rows.json`);
const differences = read(`${root}packages/conformance/differences.json`);
const tests = read(results).testResults.flatMap((file) => file.assertionResults);

const parts = { B: "concurrent.futures", C: "multiprocessing" };

/** What the page does not name: what runs only where there is a redis-server, and what is no executor of Python's. */
const unnamed = ["DistributedExecutor", "SimulatedExecutor"];
const judged = rows.map((row) => ({ ...row, ...checkBar(row) }));
const text = write();

if (!process.argv.includes("--check")) writeFileSync(page, text);
else {
  const complaints = judged
    .filter(({ section, kind }) => kind === "fails" || (section === "B" && kind === "missing"))
    .map((row) => `${row.class}.${row.method}: ${row.kind === "fails" ? "a test fails" : "no passing test"}`);
  complaints.push(...unknownDifferences());
  if (!existsSync(page) || readFileSync(page, "utf8") !== text)
    complaints.push("docs/conformance.md is not what the tests say. Run: node scripts/conformance.mjs");
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
}

/** What has become of a row: passes, differs, fails, not applicable, missing. */
function checkBar(row) {
  const own = tests.filter((test) => isFor(test, row));
  const where = [...new Set(own.map(subject))]
    .filter((name) => name !== "" && !unnamed.includes(name))
    .sort();
  const difference = differences[`${row.class}.${row.method}`];
  if (own.some(({ status }) => status === "failed")) return { kind: "fails", where };
  if (own.some(({ status }) => status === "passed"))
    return { kind: difference === undefined ? "passes" : "differs", where, difference };
  const reason =
    row.verdict === "no" ? (difference ?? row.note) : difference?.match(/^Not applicable: (.*)$/s)?.[1];
  if (reason !== undefined) return { kind: "not applicable", where: [], difference: reason };
  return { kind: "missing", where: [] };
}

/** A test belongs to a row when its titles hold CPython's class, and one of them begins with the method. */
function isFor(test, row) {
  const titles = [...test.ancestorTitles, test.title];
  return (
    titles.some((title) => new RegExp(`\\b${row.class}\\b`).test(title)) &&
    titles.some((title) => new RegExp(`^${row.method}\\b`).test(title))
  );
}

/** Which executor or context a test ran against: what stands in brackets in its titles. */
function subject(test) {
  return /\[([^\]]+)\]/.exec([test.title, ...test.ancestorTitles].join(" "))?.[1] ?? "";
}

/** Texts for rows that do not exist: a typing mistake. */
function unknownDifferences() {
  const known = new Set(rows.map((row) => `${row.class}.${row.method}`));
  return Object.keys(differences)
    .filter((key) => !known.has(key))
    .map((key) => `differences.json: there is no ${key}`);
}

function write() {
  const out = [
    "# CPython's own tests, row by row",
    "",
    "This page is generated from the tests that ran, by `node scripts/conformance.mjs` after `npx -y pnpm@12 test`. Each",
    "row is a test of CPython 3.13 (or later, where marked). *passes*: a test of that name asserts the same here, for the",
    "executors or contexts that are named. *differs*: it is tested too, and what is otherwise is said. *not applicable*:",
    "why. *missing*: to be done.",
    "",
    "| | passes | differs | not applicable | missing | fails |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  for (const [section, name] of Object.entries(parts)) {
    const count = (kind) => judged.filter((row) => row.section === section && row.kind === kind).length;
    const counts = ["passes", "differs", "not applicable", "missing", "fails"].map(count);
    out.push(`| ${name} | ${counts.join(" | ")} |`);
  }
  for (const [section, name] of Object.entries(parts)) {
    out.push("", `## ${name}`);
    const own = judged.filter((row) => row.section === section);
    for (const className of new Set(own.map((row) => row.class))) {
      const tests = own.filter((row) => row.class === className);
      out.push("", `### ${className}`, "", `From \`${tests[0].file}\`.`, "");
      out.push("| Test | What it asserts | Here |", "| --- | --- | --- |");
      for (const row of tests) {
        const since = row.since === "later" ? " (later)" : "";
        out.push(`| \`${row.method}\`${since} | ${cell(row.asserts)} | ${cell(verdict(row))} |`);
      }
    }
  }
  return `${out.join("\n")}\n`;
}

function verdict({ kind, where, difference }) {
  const shown = where.length > 0 ? `${kind}: ${where.join(", ")}` : kind;
  return difference === undefined || difference === "" ? shown : `${shown}. ${difference}`;
}

/** Escapes what Markdown would take for its own, but for code between backticks. */
function cell(text) {
  const escaped = (part) =>
    part.replaceAll("<", "&lt;").replaceAll("*", "\\*").replaceAll("_", "\\_").replaceAll("[", "\\[");
  return text
    .split("`")
    .map((part, at) => (at % 2 === 0 ? escaped(part) : part))
    .join("`")
    .replaceAll("|", "\\|");
}
