import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { lexer, walkTokens } from "marked";
import { root, textOf } from "./support/markdown.ts";

/** The claims of these pages, and the tests that hold them: each link to a test has the test's name as its text. */

const pages = ["docs/security.md", "docs/what-holds.md"];

/** Links to a whole file of tests have its name, and are looked at with all other links. */
const isFileName = (name: string): boolean => name.endsWith(".test.ts");

function namedTests(page: string): [name: string, file: string][] {
  const found: [string, string][] = [];
  void walkTokens(lexer(textOf(page)), (token) => {
    if (token.type !== "link" || !/\/test\/.*\.ts$/.test(String(token.href))) return;
    const name = String(token.raw).slice(1, String(token.raw).lastIndexOf("]("));
    if (isFileName(name)) return;
    found.push([name.replaceAll(/\s+/g, " "), resolve(root, dirname(page), String(token.href))]);
  });
  return found;
}

/** The names of all tests and groups in a file, as they are written there: also those that stand first in a row of a table of tests. */
function testsIn(file: string): string[] {
  const calls = readFileSync(file, "utf8").matchAll(
    /(?:(?:test|describe|named|\]|\))\s*\(|^\s*\[)\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)/gm,
  );
  return [...calls].map((match) => (match[1] ?? match[2] ?? match[3] ?? "").replaceAll(/\\(.)/g, "$1"));
}

describe.each(pages)("%s", (page) => {
  const named = namedTests(page);

  test("names tests for its claims", () => {
    expect(named.length).toBeGreaterThan(30);
  });

  test.each(named)("a test is called: %s", (name, file) => {
    const names = testsIn(file);
    expect(names.some((each) => each === name || each.endsWith(name))).toBe(true);
  });
});
