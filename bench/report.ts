import type { BarResult, ContestantResult, Results, Row } from "./harness/rows.ts";
import { median } from "./harness/statistics.ts";
import { noisy } from "./harness/wait-until-idle.ts";

/** A figure with its unit, to three digits: "0.512 us", "12.3 MB", "1.25". */
export function figure(value: number, unit: string): string {
  if (unit === "bytes" && value >= 1e6) return `${(value / 1e6).toPrecision(3)} MB`;
  if (unit === "us" && value >= 1e4) return `${threeDigits(value / 1000)} ms`;
  return unit === "ratio" ? threeDigits(value) : `${threeDigits(value)} ${unit}`;
}

function threeDigits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}

/** The text of one bar: what was reached, and what was to be. */
export function barText({ text, of, against, ratio, atLeast, verdict }: BarResult): string {
  const whose = of === "ours" ? "" : ` (${of})`;
  const reached = ratio === undefined ? "no ratio" : `${threeDigits(ratio)}x`;
  return `${verdict.padEnd(10)} ${reached.padStart(8)}  bar ${threeDigits(atLeast)}x against ${against}: ${text}${whose}`;
}

/** One row for the terminal. */
export function rowText(row: Row): string {
  const head = `${row.case}: ${row.description}`;
  const scale = `${row.workers} workers, ${row.rounds} rounds${row.times === 1 ? "" : `, ${row.times} times the tasks`}${row.quick ? ", QUICK: figures mean nothing" : ""}${noise(row)}`;
  const ours = row.contestants.find(({ kind, state }) => kind === "ours" && state === "measured");
  const lines = row.contestants.map((contestant) => `  ${contestantText(row, contestant, ours)}`);
  const bars = row.bars.map((bar) => `  ${barText(bar)}`);
  return [head, `  (${scale})`, ...lines, ...bars].join("\n");
}

function noise({ load, quick }: Row): string {
  if (quick || load <= noisy) return "";
  return `, NOISY: ${load.toFixed(1)} cores were busy with something else`;
}

function contestantText(row: Row, contestant: ContestantResult, ours: ContestantResult | undefined): string {
  const name = contestant.name.padEnd(44);
  if (contestant.state !== "measured") {
    return `${name} ${contestant.state.toUpperCase()}: ${contestant.reason.split("\n").slice(0, 6).join("\n      ")}`;
  }
  const cells = Object.entries(row.metrics).map(([metric, unit]) => {
    const value = median(contestant.samples[metric] ?? []);
    return metric === "cost" ? figure(value, unit).padStart(12) : `${metric} ${figure(value, unit)}`;
  });
  const times = ours?.state === "measured" ? `${threeDigits(contestant.median / ours.median)}x ours` : "";
  return `${name} ${cells.join("  ")}  +-${Math.round(contestant.spread * 100)} %  ${times}`;
}

/** The ratios of all rows, one line each. */
export function summaryText(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => row.bars.map((bar) => `${row.case.padEnd(22)} ${barText(bar)}`));
  return ["Ratios (above 1: ours costs less)", ...lines].join("\n");
}

/** All rows for the terminal. */
export function resultsText(results: Results): string {
  return [...results.rows.map(rowText), summaryText(results.rows)].join("\n\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** docs/benchmarks.md, made from the data alone. */
export function resultsMarkdown(results: Results): string {
  const { machine } = results;
  return `${[
    "# Benchmarks",
    "",
    "This page is made from `bench/results/latest.json` by `pnpm bench --report`; do not edit it. To measure anew on your machine, and to make the plot:",
    "",
    "```sh",
    "npx -y pnpm@12 bench          # every row, five rounds",
    "npx -y pnpm@12 bench --grow   # the same at 1, 2 and 4 workers, at 10 and 1,000 times the tasks",
    "npx -y pnpm@12 bench --plot   # the curve below",
    "npx -y pnpm@12 bench --check  # measure, and fail where a ratio is below its bar",
    "```",
    "",
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.platform}; Node ${machine.node.slice(1)} (V8 ${machine.v8}), Python ${machine.python}. Measured ${results.date.slice(0, 10)}.`,
    "",
    "Figures are medians of the rounds; in each round all contestants take their turn. *Spread* is (largest - smallest) / median. A ratio above 1 means that ours costs less. Figures depend on the machine, ratios less so: compare within a row, never between machines.",
    "",
    ...barTable(results.rows),
    ...(results.curve === undefined
      ? []
      : [
          "## Cost per task by length of task",
          "",
          `![Cost per task over task length, ours beside each peer and plain sequential code](bench/cost-per-task.svg)`,
          "",
          `${results.curve.workers} workers, medians of ${results.curve.rounds} rounds, ${results.curve.date.slice(0, 10)}. The dashed line is the length of the task divided by the workers: a pool that costs nothing.`,
          "",
        ]),
    "## The rows",
    "",
    ...results.rows.flatMap(rowMarkdown),
    ...growthMarkdown(results.growth ?? []),
  ].join("\n")}\n`;
}

function barTable(rows: readonly Row[]): string[] {
  const lines = rows.flatMap((row) =>
    row.bars.map(
      (bar) =>
        `| [${row.case}](#${row.case}) | ${cell(bar.text)} | ${cell(bar.against)} | ${bar.ratio === undefined ? "-" : threeDigits(bar.ratio)} | ${threeDigits(bar.atLeast)} | ${bar.verdict}${noise(row) === "" ? "" : ", noisy"} |`,
    ),
  );
  return [
    "| row | to reach | against | ratio | bar | |",
    "| --- | --- | --- | ---: | ---: | --- |",
    ...lines,
    "",
  ];
}

function rowMarkdown(row: Row): string[] {
  const metrics = Object.entries(row.metrics);
  const head = metrics.map(([metric]) => metric);
  const lines = row.contestants.map((contestant) => {
    if (contestant.state !== "measured") {
      const reason = contestant.reason.split("\n")[0] ?? "";
      return `| ${contestant.name} | ${contestant.state}: ${cell(reason)} |${" |".repeat(head.length)} ${cell(contestant.settings)} |`;
    }
    const cells = metrics.map(([metric, unit]) => figure(median(contestant.samples[metric] ?? []), unit));
    return `| ${contestant.name} | ${cells.join(" | ")} | ${Math.round(contestant.spread * 100)} % | ${cell(contestant.settings)} |`;
  });
  return [
    `### ${row.case}`,
    "",
    `${row.description} ${row.workers} workers, ${row.rounds} rounds, ${row.date.slice(0, 10)}${noise(row)}.`,
    "",
    `| | ${head.join(" | ")} | spread | settings |`,
    `| --- | ${head.map(() => "---: | ").join("")}---: | --- |`,
    ...lines,
    "",
    ...row.notes.map((note) => `- ${note}`),
    ...(row.notes.length > 0 ? [""] : []),
  ];
}

function growthMarkdown(growth: readonly Row[]): string[] {
  if (growth.length === 0) return [];
  const lines = growth.map((row) => {
    const ours = row.contestants.find(({ name }) => name === "ours");
    const cost =
      ours?.state === "measured" ? figure(ours.median, row.metrics.cost ?? "") : (ours?.reason ?? "-");
    const ratios = row.bars.map(
      (bar) => `${bar.ratio === undefined ? "-" : threeDigits(bar.ratio)} (bar ${threeDigits(bar.atLeast)})`,
    );
    return `| ${row.case} | ${row.workers} | ${row.times} | ${cell(cost.split("\n")[0] ?? "")} | ${ratios.join(", ")} |`;
  });
  return [
    "## How it grows",
    "",
    "Each row at other numbers of workers and of tasks. More workers than cores cannot be faster; they must not be slower either.",
    "",
    "| row | workers | times the tasks | ours | ratios, in the order of the row's bars |",
    "| --- | ---: | ---: | ---: | --- |",
    ...lines,
    "",
  ];
}
