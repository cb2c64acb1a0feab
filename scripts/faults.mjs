/**
 * Writes the table of docs/faults.md from the faults (packages/conformance/faults.json) and what the tests of the fault
 * matrix said in the last `pnpm test`; with --check it only compares. The words around the table are written by hand.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { root } from "./run.mjs";

const path = `${root}docs/faults.md`;
const results = `${root}node_modules/.cache/jest-results.json`;
if (!existsSync(results)) {
  console.error("There are no results of tests yet. Run: npx -y pnpm@12 test");
  process.exit(1);
}

const tests = JSON.parse(readFileSync(results, "utf8")).testResults.flatMap((file) => file.assertionResults);
const faults = JSON.parse(readFileSync(`${root}packages/conformance/faults.json`, "utf8"));
const failure = "**fails its test**";

const rows = faults.map(
  (fault) =>
    `| ${[fault.fault, ...fault.others, ours("thread", fault), ours("spawn", fault)].join(" | ")} |\n`,
);
const page = readFileSync(path, "utf8");
const written = page.replace(
  /(\| The third call .*\n\|[ -|]+\n)(?:\|.*\n)+/,
  (_, head) => head + rows.join(""),
);

if (!process.argv.includes("--check")) writeFileSync(path, written);
else if (page !== written || written.includes(failure)) {
  console.error("docs/faults.md is not what the tests say. Run: node scripts/faults.mjs");
  process.exitCode = 1;
}

/** What became of a fault on one kind of worker. */
function ours(context, { title, outcome = "passes", withoutThreads }) {
  if (context === "thread" && withoutThreads !== undefined) return withoutThreads;
  const own = tests.filter(
    (test) => test.ancestorTitles[0]?.startsWith(`fault matrix, ${context}`) && test.title.startsWith(title),
  );
  return own.length > 0 && own.every(({ status }) => status === "passed") ? `**${outcome}**` : failure;
}
