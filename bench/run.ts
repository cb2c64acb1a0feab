import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cases } from "./cases/index.ts";
import type { Scale } from "./harness/case.ts";
import { forkCase } from "./harness/fork-case.ts";
import { describeMachine, loadWarning } from "./harness/machine.ts";
import type { MeasureOptions } from "./harness/measure.ts";
import type { Curve, Results, Row } from "./harness/rows.ts";
import { latestFile, mergeResults, readResults, writeResults } from "./harness/store.ts";
import { waitUntilIdle } from "./harness/wait-until-idle.ts";
import { plotCurve } from "./plot.ts";
import { barText, resultsMarkdown, resultsText, rowText, summaryText } from "./report.ts";

const help = `pnpm bench [options]

  (nothing)        measure every case, print the ratios, keep them in bench/results/latest.json
  --case <name>    only this case; may be given again
  --peer <name>    only this contestant (ours, piscina, ...); may be given again
  --rounds <n>     rounds per case, default 5
  --workers <n>    workers, default 2
  --quick          tiny sizes and one round: does it all run? Kept only where --out says
  --check          exit with 1 when a ratio is below its bar
  --last           with --check: judge the last results instead of measuring
  --grow           each case at 1, 2 and 4 workers, and at 10 and 1,000 times the tasks
  --plot           measure cost per task over task length and write docs/bench/cost-per-task.svg
  --report         write docs/benchmarks.md and the plot from the last results, measuring nothing
  --out <file>     keep the results there instead
  --list           the names of the cases
`;

const { values: given } = parseArgs({
  // pnpm hands on the "--" that separates a script's own options.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    case: { type: "string", multiple: true },
    peer: { type: "string", multiple: true },
    rounds: { type: "string" },
    workers: { type: "string", default: "2" },
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    last: { type: "boolean", default: false },
    grow: { type: "boolean", default: false },
    plot: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    out: { type: "string" },
    list: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`Expected --${name} to be a whole number of at least 1, got ${text}.`);
  process.exit(2);
}

const workers = wholeNumber("workers", given.workers);
const rounds = wholeNumber("rounds", given.rounds ?? (given.quick ? "1" : "5"));
const file = given.out ?? (given.quick ? undefined : latestFile);
const docs = fileURLToPath(new URL("../../docs/", import.meta.url));

function chosenCases(): readonly string[] {
  const known = cases.map(({ name }) => name);
  const unknown = given.case?.find((name) => !known.includes(name));
  if (unknown === undefined) return given.case ?? known;
  console.error(`No case is called ${unknown}. There are: ${known.join(", ")}.`);
  process.exit(2);
}

/** A row for a case that could not even run: nobody may take its absence for success. */
function lostRow(name: string, options: MeasureOptions, error: unknown): Row {
  const bench = cases.find((one) => one.name === name);
  const { scale } = options;
  const reason = error instanceof Error ? error.message : String(error);
  return {
    case: name,
    description: bench?.description ?? "",
    notes: bench?.notes ?? [],
    metrics: bench?.metrics ?? {},
    ...scale,
    rounds: options.rounds,
    date: new Date().toISOString(),
    load: options.load,
    contestants: [{ state: "failed", name: "ours", kind: "ours", settings: "", reason }],
    bars: (bench?.bars(scale) ?? []).map(({ text, of = "ours", metric = "cost", atLeast }) => ({
      ...{ text, of, metric, atLeast },
      ...{ against: "-", ratio: undefined, verdict: "missed" },
    })),
  };
}

/** Milliseconds that all rounds of one contestant may take; ours gets the time that its growth needs. */
const budget = 30_000;

async function measure(
  name: string,
  scale: Scale,
  leftOut: Readonly<Record<string, string>> = {},
): Promise<Row> {
  const load = given.quick ? 0 : await waitUntilIdle(5_000);
  const patience = given.quick ? 10_000 : 2 * budget;
  const options: MeasureOptions = { scale, rounds, only: given.peer, load, patience, budget, leftOut };
  try {
    return await forkCase("run-case.js", { name, options }, given.quick ? 30_000 : 900_000);
  } catch (error) {
    return lostRow(name, options, error);
  }
}

async function measureAll(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of chosenCases()) {
    rows.push(await measure(name, { workers, times: 1, quick: given.quick }));
    console.log(`${rowText(rows.at(-1) as Row)}\n`);
  }
  return rows;
}

async function measureGrowth(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of chosenCases()) {
    const scales = [1, 2, 4].map((count) => ({ workers: count, times: 1, quick: given.quick }));
    const more = [10, 1_000].map((times) => ({ workers, times, quick: given.quick }));
    let base: Row | undefined;
    for (const scale of [...scales, ...more]) {
      const row = await measure(name, scale, scale.times === 1 ? {} : tooLong(base, scale.times));
      if (scale.workers === workers && scale.times === 1) base = row;
      rows.push(row);
      console.log(`${rowText(row)}\n`);
    }
  }
  return rows;
}

/** Who would need too long for so many times the tasks, judged by the row at the usual number. */
function tooLong(base: Row | undefined, times: number): Record<string, string> {
  const leftOut: Record<string, string> = {};
  for (const contestant of base?.contestants ?? []) {
    if (contestant.state !== "measured") continue;
    const expected = contestant.took * times;
    const limit = contestant.kind === "ours" ? budget : budget / 3;
    if (expected <= limit) continue;
    leftOut[contestant.name] =
      `would take about ${Math.round(expected / 1000)} s, more than ${limit / 1000} s`;
  }
  return leftOut;
}

function measureCurve(): Promise<Curve> {
  const order = { scale: { workers, times: 1, quick: given.quick }, rounds, only: given.peer };
  return forkCase<Curve>("run-curve.js", order, 900_000);
}

function writeDocs(results: Results): void {
  mkdirSync(`${docs}bench`, { recursive: true });
  if (results.curve !== undefined) writeFileSync(`${docs}bench/cost-per-task.svg`, plotCurve(results.curve));
  writeFileSync(`${docs}benchmarks.md`, resultsMarkdown(results));
}

/** Says which bars were missed, and gives the exit code. */
function check(rows: readonly Row[]): number {
  const missed = rows.flatMap((row) =>
    row.bars.filter(({ verdict }) => verdict === "missed").map((bar) => `${row.case}: ${barText(bar)}`),
  );
  const judged = rows.flatMap(({ bars }) => bars).filter(({ verdict }) => verdict !== "not judged").length;
  console.log(missed.length === 0 ? `All ${judged} bars are met.` : `Below their bar:\n${missed.join("\n")}`);
  return missed.length === 0 && judged > 0 ? 0 : 1;
}

async function main(): Promise<number> {
  if (given.help) console.log(help);
  else if (given.list) for (const { name, description } of cases) console.log(`${name}: ${description}`);
  else return await run();
  return 0;
}

async function run(): Promise<number> {
  const before = file === undefined ? undefined : readResults(file);
  if (given.last || given.report) {
    if (before === undefined) {
      console.error("There are no results yet: run `pnpm bench` first.");
      return 2;
    }
    if (given.report) writeDocs(before);
    if (given.last) console.log(resultsText(before));
    return given.check ? check(before.rows) : 0;
  }
  const warning = loadWarning();
  if (warning !== undefined) console.warn(`${warning}\n`);
  if (workers > availableParallelism())
    console.warn(`${workers} workers on ${availableParallelism()} cores.\n`);
  const only = given.grow || given.plot;
  const rows = only ? [] : await measureAll();
  const growth = given.grow ? await measureGrowth() : [];
  const curve = given.plot ? await measureCurve() : undefined;
  const now = { machine: describeMachine(), date: new Date().toISOString() };
  const order = cases.map(({ name }) => name);
  const merged = mergeResults(before, now, { rows, growth, curve });
  const inOrder = [...merged.rows].sort((a, b) => order.indexOf(a.case) - order.indexOf(b.case));
  const results = { ...merged, rows: inOrder };
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeResults(file, results);
  }
  if (file === latestFile) writeDocs(results);
  if (rows.length > 1) console.log(`${summaryText(rows)}\n`);
  return given.check ? check(rows) : 0;
}

process.exitCode = await main();
