import { describe, expect, test } from "@jest/globals";
import * as front from "concurrent-futures";
import * as multiprocessing from "concurrent-futures/multiprocessing";
import { textOf } from "./support/markdown.ts";

type ErrorClass = { readonly prototype: Error; new (...args: never[]): Error };

/** The error classes of a module, by name. */
function errorsOf(module: object): [string, ErrorClass][] {
  return Object.entries(module).filter(
    ([, value]) => typeof value === "function" && value.prototype instanceof Error,
  );
}

/** The rows below a heading of the page: class and code. */
function rowsBelow(heading: string): Map<string, string> {
  const section =
    textOf("docs/errors.md")
      .split(/^## /m)
      .find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.matchAll(/^\| `(\w+)` \| `(ERR_\w+)` \|/gm);
  return new Map([...rows].map((match) => [match[1] as string, match[2] as string]));
}

function codeOf(Class: ErrorClass): unknown {
  return (new Class(...(["message", {}] as never[])) as Error & { code?: unknown }).code;
}

const general = errorsOf(front);
const own = errorsOf(multiprocessing).filter(([, Class]) => !general.some(([, other]) => other === Class));

describe.each([
  ["concurrent-futures", general],
  ["concurrent-futures/multiprocessing", own],
])("docs/errors.md, the table of %s", (heading, errors) => {
  const rows = rowsBelow(heading);

  test("has a row for each error class, and no other", () => {
    expect([...rows.keys()].sort()).toEqual(errors.map(([name]) => name).sort());
  });

  test("says their codes", () => {
    for (const [name, Class] of errors) expect([name, rows.get(name)]).toEqual([name, codeOf(Class)]);
  });
});
