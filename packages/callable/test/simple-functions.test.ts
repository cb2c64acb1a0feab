import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { captures } from "../dist/describe/captures.js";
import { functionText } from "../dist/describe/function-text.js";
import { children, parse, type SyntaxNode } from "../dist/describe/parser.js";
import { simpleText } from "../dist/describe/simple-text.js";

/** Functions whose text is simple are read without the parser: it says of them what the parser says, or nothing. */

/** What the parser finds; undefined where a function cannot travel as its own text. */
function parsed(source: string): readonly string[] | undefined {
  let text = functionText(source, true);
  if ("kind" in text) text = functionText(source, false);
  if ("kind" in text || text.text !== source || text.root.type.startsWith("Class")) return undefined;
  const { free, fault, ownThis, replaced } = captures(text);
  if (fault !== undefined || ownThis || replaced.length > 0 || free.some(({ assigned }) => assigned))
    return undefined;
  return free.map(({ name }) => name).sort();
}

function functionsOf(source: string): string[] {
  const found = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    if (
      /Function|Class|MethodDefinition/.test(node.type) ||
      (node.type === "Property" && node["method"] === true)
    )
      found.add(source.slice(node.start, node.end));
    for (const child of children(node)) visit(child);
  };
  visit(parse(source, /^(import|export) /m.test(source) ? "module" : "script") as unknown as SyntaxNode);
  return [...found];
}

const ownRequire = createRequire(fileURLToPath(new URL("../package.json", import.meta.url)));

describe("all functions of", () => {
  test.each([
    ["the parser", ownRequire.resolve("acorn")],
    ["the analysis of scopes", ownRequire.resolve("eslint-scope")],
    ["this package", fileURLToPath(new URL("../dist/bundle/modules.js", import.meta.url))],
    ["the pools", fileURLToPath(new URL("../../process/dist/bundle/modules.js", import.meta.url))],
  ])("%s are read as the parser reads them", (_, file) => {
    const functions = functionsOf(readFileSync(file, "utf8"));
    const wrong = functions.filter((text) => {
      const names = simpleText(text);
      return names !== undefined && JSON.stringify([...names].sort()) !== JSON.stringify(parsed(text));
    });
    expect(wrong).toEqual([]);
    expect(functions.length).toBeGreaterThan(10);
  });
});

test.each([
  ["a scope that has ended", "() => { { const x = 1; } return x; }"],
  ["a loop's variable behind the loop", "(n) => { for (let i = 0; i < n; i++) { n--; } return i; }"],
  ["a name behind an arrow without a semicolon", "(f) => {\n  const g = (x) => x + 1\n  return x\n}"],
  ["a declaration that a line ends", "(a) => {\n  let b = a\n  c, d = 2\n  return b\n}"],
  ["the other side of a choice", "(c) => c ? (x) => 1 : x"],
  ["a name after `in` in a loop's head", "(o) => { for (const k in o, b) { k; } }"],
  ["an assignment in parentheses", "() => { (x) = 1; }"],
  ["a step in parentheses", "() => { ++(x); }"],
  ["an array that is taken apart", "(v) => { [x] = v; }"],
  ["an object that is taken apart", "(v) => { ({ x } = v); }"],
  ["a loop over names from outside", "(v) => { for (x of v) { v = x; } }"],
  ["a variable of the default", "(a = b) => { const b = 1; return a + b; }"],
  ["a regular expression with a quote", '(s) => { for (const m of /"a/.exec(s)) m; return x; }'],
  ["a regular expression after a condition", "(s) => { if (s) /'/.test(s); return x + '/'; }"],
  ["a comment of HTML", "(a) => {\n  a <!--b\n  return a;\n}"],
  ["`of` as a name", "(of) => of in x"],
  ["`let` as a name", "function (a) { return let + a; }"],
  ["`await` as a name", "(a) => await + a"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a function.
  ["a template", "(a) => `${x}`"],
  ["a method's parameter", "(o) => ({ f(x) { return x + o; } })"],
  ["a function inside", "() => { function g(y) { return y; } return g(z); }"],
  ["a class", "class A { x = y; }"],
  ["a method", "f(a) { return a; }"],
  ["a generator", "function* (a) { yield b; }"],
  ["`this`", "function () { return this; }"],
  ["its arguments", "function () { return arguments; }"],
  ["its own name given away", "function f() { f = 1; }"],
  ["a name escaped", "(a) => \\u0061 + b"],
])("%s is read as the parser reads it, or left to it", (_, text) => {
  const names = simpleText(text);
  if (names !== undefined) expect([...names].sort()).toEqual(parsed(text));
});

test.each([
  ["(n) => n * n", []],
  ["n => n / 2", []],
  ["async (a, b) => (await a) + b", []],
  ["(...rows) => rows.map((row) => row.length).reduce((a, b) => a + b, 0)", []],
  ["function fib(n) {\n  return n < 2 ? n : fib(n - 1) + fib(n - 2);\n}", []],
  [
    "(n) => {\n  let sum = 0;\n  for (let i = 0; i < n; i++) {\n    sum += Math.sqrt(i) / (n + 1);\n  }\n  return sum;\n}",
    ["Math"],
  ],
  [
    "(o) => { try { return { ...o, a: o?.b, limit }; } catch (e) { throw new Error(e.message); } }",
    ["Error", "limit"],
  ],
  ["function (a) { // it's text\n  /* it's text */ return 'it\\'s' + \"x\" + `y` + a; }", []],
])("%j needs no parser", (text, names) => {
  expect([...(simpleText(text) ?? ["?"])].sort()).toEqual(names);
  expect(parsed(text)).toEqual(names);
});

test("a simple function of the main file asks no debugger and loads no parser, and knows its place", async () => {
  const program = fileURLToPath(new URL("./fixtures/simple-main.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(JSON.parse(stdout)).toEqual({
    shapes: [
      { file: true, line: 19, column: 14, kind: "function", strict: true },
      { file: true, line: 20, column: 0, kind: "function", strict: true },
    ],
    simple: { debugger: false, parser: false },
    capturing: { debugger: true, parser: true },
  });
});
