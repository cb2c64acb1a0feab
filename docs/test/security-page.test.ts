import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { lexer, walkTokens } from "marked";
import { root, textOf } from "./support/markdown.ts";

/** The claims of the page, and the tests that hold them: each link to a test has the test's name as its text. */

const page = "docs/security.md";

function namedTests(): [name: string, file: string][] {
  const found: [string, string][] = [];
  void walkTokens(lexer(textOf(page)), (token) => {
    if (token.type !== "link" || !String(token.href).endsWith(".test.ts")) return;
    const name = String(token.raw).slice(1, String(token.raw).lastIndexOf("]("));
    found.push([name.replaceAll(/\s+/g, " "), resolve(root, dirname(page), String(token.href))]);
  });
  return found;
}

/** The names of all tests and groups in a file, as they are written there. */
function testsIn(file: string): string[] {
  const calls = readFileSync(file, "utf8").matchAll(
    /(?:test|describe|\]|\))\s*\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/g,
  );
  return [...calls].map((match) => (match[1] ?? match[2] ?? "").replaceAll(/\\(.)/g, "$1"));
}

describe(page, () => {
  const named = namedTests();

  test("names tests for its claims", () => {
    expect(named.length).toBeGreaterThan(30);
  });

  test.each(named)("a test is called: %s", (name, file) => {
    const names = testsIn(file);
    expect(names.some((each) => each === name || each.endsWith(name))).toBe(true);
  });
});
