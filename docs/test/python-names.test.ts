import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import * as front from "concurrent-futures";
import * as multiprocessing from "concurrent-futures/multiprocessing";
import { root, textOf } from "./support/markdown.ts";

// What CPython 3.14 documents or lists in `__all__`, and the public members of those classes; 3.15 adds no name.
const python = JSON.parse(readFileSync(`${root}packages/conformance/python-names.json`, "utf8")) as Readonly<
  Record<string, readonly string[]>
>;

/** One row of a table of the page: the names in its first cell, what is said of them, and the heading above. */
interface Row {
  readonly heading: string;
  readonly names: ReadonlySet<string>;
  readonly here: string;
  readonly remarks: string;
}

const rows: Row[] = [];
let heading = "";
for (const line of textOf("docs/python-to-typescript.md").split("\n")) {
  if (line.startsWith("#")) heading = line;
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  if (cells[0] !== "" || cells.length < 4 || /^-*$/.test(cells[1] as string)) continue;
  const [, first = "", here = "", remarks = ""] = cells;
  const names = new Set(
    [...first.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => (code as string).match(/\w+/g) ?? []),
  );
  rows.push({ heading, names, here, remarks });
}

/** The rows that name a class or function, or a member beside or below its class. */
function rowsOf(name: string): Row[] {
  const [owner, member] = name.split(".") as [string, string?];
  if (member === undefined) return rows.filter((row) => row.names.has(owner));
  const headings = new Set(rows.filter((row) => row.names.has(owner)).map((row) => row.heading));
  return rows.filter((row) => headings.has(row.heading) && row.names.has(member));
}

const camelCase = (name: string): string =>
  name.replaceAll(/(?<=[a-z])_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Whether we have the same name, in camelCase. */
function isHere(name: string): boolean {
  const [owner, member] = name.split(".") as [string, string?];
  const exported = { ...multiprocessing, ...front } as Readonly<Record<string, unknown>>;
  const found = [multiprocessing, front].map(
    (module) => (module as Record<string, unknown>)[camelCase(owner)],
  );
  if (member === undefined) return camelCase(owner) in exported;
  return found.some((value) => typeof value === "function" && camelCase(member) in (value.prototype ?? {}));
}

describe.each(Object.entries(python))("docs/python-to-typescript.md, %s", (_module, names) => {
  test("has a word for each name", () => {
    expect(names.filter((name) => rowsOf(name).length === 0)).toEqual([]);
  });

  test("calls the same what is here, and says of the rest what there is instead", () => {
    const bare = (row: Row): boolean =>
      row.here === "the same" || (row.here.replace("-", "") === "" && row.remarks === "");
    expect(names.filter((name) => !isHere(name) && rowsOf(name).every(bare))).toEqual([]);
  });
});

test("each row of the page has something to say", () => {
  expect(rows.filter(({ here, remarks }) => here.replace("-", "") === "" && remarks === "")).toEqual([]);
  expect(rows.length).toBeGreaterThan(100);
});
