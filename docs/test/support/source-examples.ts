import { readdirSync, readFileSync } from "node:fs";
import * as callable from "@concurrent-futures/callable";
import * as testing from "@concurrent-futures/core/testing";
import * as front from "concurrent-futures";
import * as multiprocessing from "concurrent-futures/multiprocessing";
import type { BlockProgram } from "./block-programs.ts";
import { root } from "./markdown.ts";

/** Where the examples find what they do not import: the names that the packages export, the front door's first. */
const modules: readonly (readonly [specifier: string, module: object])[] = [
  ["concurrent-futures", front],
  ["concurrent-futures/multiprocessing", multiprocessing],
  ["@concurrent-futures/callable", callable],
  ["@concurrent-futures/core/testing", testing],
];

/** What an example may use without a word, because every reader knows it. */
const known: Readonly<Record<string, string>> = {
  executor: "declare const executor: ProcessPoolExecutor;",
  pool: "declare const pool: ProcessPoolExecutor;",
  future: "declare const future: Future<number>;",
  futures: "declare const futures: Future<number>[];",
  connections: "declare const connections: Connection[];",
  mp: 'import * as mp from "concurrent-futures/multiprocessing";',
  Counter: "declare class Counter { increment(by?: number): number; }",
  fib: "declare function fib(n: number): number;",
};

/** The examples in the comments of all packages' source, each as a program with the imports that it leaves out. */
export function sourceExamples(): BlockProgram[] {
  return readdirSync(`${root}packages`).flatMap((name) => sourcesOf(name).flatMap(examplesOf));
}

function sourcesOf(name: string): string[] {
  try {
    return readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => `packages/${name}/src/${path}`);
  } catch {
    return []; // a package of tests only
  }
}

function examplesOf(page: string): BlockProgram[] {
  const text = readFileSync(root + page, "utf8");
  const found: BlockProgram[] = [];
  for (const match of text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)) {
    const line = text.slice(0, match.index).split("\n").length + 1;
    const shown = (match[1] as string).replaceAll(/^ *\* ?/gm, "");
    const code = `${prelude(shown, page)}\n${shown}\nexport {};`;
    const path = `docs/.tmp/source/${page.replaceAll(/[^\w-]+/g, "-")}-${line}`;
    found.push({ block: { page, line, info: "ts", code }, path });
  }
  return found;
}

function prelude(shown: string, page: string): string {
  const inMultiprocessing = page.startsWith("packages/multiprocessing/");
  const lines = Object.entries({
    ...known,
    ...(inMultiprocessing && { pool: "declare const pool: Pool & ProcessPoolExecutor;" }),
  })
    .filter(([name]) => uses(shown, name) && !declares(shown, name))
    .map(([, declaration]) => declaration);
  const all = `${lines.join("\n")}\n${shown}`;
  const taken = new Set<string>();
  // Each package's own names come first: a `wait` in multiprocessing is not the one of the front door.
  const own = inMultiprocessing ? [modules[1], ...modules] : modules;
  for (const entry of own) {
    const [specifier, module] = entry as (typeof modules)[number];
    const names = Object.keys(module).filter(
      (name) => !taken.has(name) && uses(all, name) && !declares(shown, name),
    );
    for (const name of names) taken.add(name);
    if (names.length > 0) lines.unshift(`import { ${names.join(", ")} } from "${specifier}";`);
  }
  return lines.join("\n");
}

function uses(code: string, name: string): boolean {
  return new RegExp(`(?<![.\\w"'])${name}\\b(?!\\s*:)`).test(code);
}

function declares(code: string, name: string): boolean {
  return new RegExp(`\\b(const|let|using|function|class|as)\\s+${name}\\b|import [^;]*\\b${name}\\b`).test(
    code,
  );
}
