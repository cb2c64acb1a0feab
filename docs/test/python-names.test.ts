import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import * as front from "concurrent-futures";
import * as multiprocessing from "concurrent-futures/multiprocessing";
import { findPythons } from "../../packages/conformance/test/support/pythons.ts";
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

/** Prints, for each module of the two packages, the names that `dir()` shows and that one of these modules defines. */
const askForNames = `
import importlib, inspect, json, pkgutil
modules = []
for root in ("concurrent.futures", "multiprocessing"):
    package = importlib.import_module(root)
    modules += [root] + [found.name for found in pkgutil.walk_packages(package.__path__, root + ".")]
def belongs(value, name):
    return not name.startswith("_") and not inspect.ismodule(value) and getattr(value, "__module__", None) in [None] + modules
names = {}
for name in modules:
    try:
        module = importlib.import_module(name)
    except ImportError:
        continue  # of another system
    names[name] = [each for each in dir(module) if belongs(getattr(module, each), each)]
print(json.dumps(names))
`;

// Those after 3.13 were not at hand when the page was written; the committed list holds their documented names.
const pythons = [...findPythons()].filter(([version]) => Number(version.slice(2)) <= 13);
// Asks real Pythons; where there is none that is listed as skipped, and the committed list is compared in any case.
const withEach = pythons.length === 0 ? describe.skip.each([["(none is here)", ""]]) : describe.each(pythons);
withEach("docs/python-to-typescript.md, a real Python %s", (_version, program) => {
  test("has a word for each name that dir() shows, of every module", () => {
    const shown = JSON.parse(execFileSync(program, ["-c", askForNames], { encoding: "utf8" })) as Readonly<
      Record<string, readonly string[]>
    >;
    expect(Object.keys(shown).length).toBeGreaterThan(20);
    const missing = Object.entries(shown).flatMap(([module, names]) =>
      names.filter((name) => rowsOf(name).length === 0).map((name) => `${module}.${name}`),
    );
    expect(missing).toEqual([]);
  });
});
