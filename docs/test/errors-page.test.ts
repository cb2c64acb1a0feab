import { describe, expect, test } from "@jest/globals";
import * as front from "concurrent-futures";
import * as multiprocessing from "concurrent-futures/multiprocessing";
import { textOf } from "./support/markdown.ts";

/** The error classes that a user can catch, by name. */
const exported = Object.entries({ ...multiprocessing, ...front }).filter(
  ([, value]) => typeof value === "function" && value.prototype instanceof Error,
) as [string, { readonly prototype: Error; new (...args: never[]): Error }][];

/** The rows of the tables: class and code. */
const rows = [...textOf("docs/errors.md").matchAll(/^\| `(\w+)` \| `(ERR_\w+)` \|/gm)].map((match) => [
  match[1] as string,
  match[2] as string,
]);

function codeOf(Class: new (...args: never[]) => Error): unknown {
  return (new Class(...(["message", {}] as never[])) as Error & { code?: unknown }).code;
}

describe("docs/errors.md", () => {
  test("has a row for each exported error class, and no other", () => {
    expect(rows.map(([name]) => name).sort()).toEqual(exported.map(([name]) => name).sort());
  });

  test.each(exported)("says the code of %s", (name, Class) => {
    expect(rows.find((row) => row[0] === name)?.[1]).toBe(codeOf(Class));
  });
});
