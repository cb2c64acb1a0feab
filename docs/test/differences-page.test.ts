import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { root, textOf } from "./support/markdown.ts";

interface Row {
  readonly class: string;
  readonly method: string;
  readonly verdict: "yes" | "adapted" | "no";
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(`${root}packages/conformance/${path}`, "utf8"));
const rows = read("rows.json") as readonly Row[];
const differences = Object.keys(read("differences.json") as object);

/** Tests that the page of CPython's tests reports as passing, whatever was expected of them at first. */
function passing(): Set<string> {
  const found = new Set<string>();
  let name = "";
  for (const line of textOf("docs/conformance.md").split("\n")) {
    name = /^### (\w+)/.exec(line)?.[1] ?? name;
    const method = /^\| `(\w+)`.* \| passes: /.exec(line)?.[1];
    if (method !== undefined) found.add(`${name}.${method}`);
  }
  return found;
}

/** The tests that the last table of the page names, as `Class.test`. */
function named(): string[] {
  const table = textOf("docs/what-differs-from-python.md").split("## What CPython's tests show")[1] ?? "";
  return table.split("\n").flatMap((line) => {
    const tests = /^\| .* \| (`.*`) \|$/.exec(line)?.[1] ?? "";
    return tests.split("; ").flatMap((group) => {
      const [owner, ...methods] = [...group.matchAll(/`(\w+)`/g)].map(([, word]) => word as string);
      return methods.map((method) => `${owner}.${method}`);
    });
  });
}

describe("docs/what-differs-from-python.md", () => {
  const onPage = named();

  test("names each test of CPython that differs or does not apply", () => {
    const passes = passing();
    expect(passes.size).toBeGreaterThan(100);
    const notHere = rows
      .filter(({ verdict }) => verdict === "no")
      .map((row) => `${row.class}.${row.method}`)
      .filter((name) => !passes.has(name));
    expect([...new Set([...differences, ...notHere])].filter((name) => !onPage.includes(name))).toEqual([]);
  });

  test("names no test twice, and none that does not exist", () => {
    expect(onPage.filter((name, at) => onPage.indexOf(name) !== at)).toEqual([]);
    const known = new Set(rows.map((row) => `${row.class}.${row.method}`));
    expect(onPage.filter((name) => !known.has(name))).toEqual([]);
  });

  test("names no test that passes as it is", () => {
    const passes = passing();
    expect(onPage.filter((name) => passes.has(name) && !differences.includes(name))).toEqual([]);
  });
});
