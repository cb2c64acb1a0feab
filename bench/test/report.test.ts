import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Results } from "../harness/rows.ts";
import { plotCurve } from "../plot.ts";
import { figure, resultsMarkdown, resultsText } from "../report.ts";

const fixture = new URL("./fixtures/results.json", import.meta.url);
const results = JSON.parse(readFileSync(fixture, "utf8")) as Results;

describe("the report", () => {
  test("shows medians, ratios, spread, bars and who was left out", () => {
    const text = resultsText(results);
    expect(text).toContain("0.5 us");
    expect(text).toContain("22x ours");
    expect(text).toContain("+-40 %");
    expect(text).toContain("SKIPPED: python3 was not found");
    expect(text).toMatch(/met\s+22x\s+bar 20x against piscina/);
    expect(text).toMatch(/not judged\s+no ratio/);
  });

  test("writes a page with the machine, the settings, the command and the growth", () => {
    const page = resultsMarkdown(results);
    expect(page).toContain("A processor, 2 cores");
    expect(page).toContain("npx -y pnpm@12 bench");
    expect(page).toContain("a \\| b");
    expect(page).toContain("bench/cost-per-task.svg");
    expect(page).toContain("A note that must be read.");
    expect(page).toContain("| tiny-submit | 4 | 10 | has not ended |");
    const tables = page.split("\n\n").filter((block) => block.startsWith("|"));
    for (const table of tables) {
      const columns = table.split("\n").map((line) => line.replaceAll("\\|", "").split("|").length);
      expect(new Set(columns).size).toBe(1);
    }
  });

  test("gives each figure its unit", () => {
    expect(figure(0.5123, "us")).toBe("0.512 us");
    expect(figure(12_345, "us")).toBe("12.3 ms");
    expect(figure(1_234, "ms")).toBe("1,234 ms");
    expect(figure(12_345_678, "bytes")).toBe("12.3 MB");
    expect(figure(1.25, "ratio")).toBe("1.25");
  });
});

describe("the plot", () => {
  test("draws every contestant and the ideal line, on logarithmic axes", () => {
    const svg = plotCurve(results.curve!);
    expect(svg).toMatch(/^<svg [^>]*viewBox/);
    expect(svg.match(/<polyline /g)).toHaveLength(3);
    for (const name of ["ours, map", "piscina", "length / workers", "100 ms", "1 µs"])
      expect(svg).toContain(name);
    expect(svg).not.toContain("NaN");
  });
});
