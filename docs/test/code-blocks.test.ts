import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type BlockProgram, programOf, writePrograms } from "./support/block-programs.ts";
import { type CodeBlock, codeBlocks, pages, root, textOf } from "./support/markdown.ts";

const run = promisify(execFile);

const blocks = pages().flatMap(codeBlocks);
const programs = blocks.filter((block) => block.info === "ts").map(programOf);

/** Pages may speak with a real Python; a machine without one skips their programs, by name. */
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const canRun = ({ block }: BlockProgram): boolean => hasPython || !block.code.includes('"python3"');

/** What a block promises to print: the comments behind its calls of console.log. */
function promised({ block }: BlockProgram): string[] {
  return [...block.code.matchAll(/^\s*console\.log\(.*\); \/\/ (.+)$/gm)].map((match) => match[1] as string);
}

/** What each program prints; reading it throws what the program failed with. */
const outputs = new Map<BlockProgram, () => Promise<string>>();

/** Python's own programs below the recipes, and what each prints. */
const recipes = blocks.filter(({ info, page }) => info === "python" && page === "docs/guide/recipes.md");
const recipeOutputs = new Map<CodeBlock, Promise<string>>();

function runRecipes(): void {
  let before: Promise<unknown> = Promise.resolve();
  for (const block of recipes) {
    const file = `${root}${programOf(block).path}.py`;
    writeFileSync(file, `${block.code}\n`);
    const output = before
      .then(() => run("python3", [file], { timeout: 25_000 }))
      .then(({ stdout }) => stdout);
    before = output.catch(() => {});
    recipeOutputs.set(block, output);
  }
}

/** Runs the programs in their order, two at a time: most of them wait for workers to start. */
function runAll(): void {
  let lanes: readonly Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  for (const program of programs.filter(canRun)) {
    const [free, other] = lanes as [Promise<unknown>, Promise<unknown>];
    const output = free.then(() => outputOf(program));
    lanes = [other, output.catch(() => {})];
    outputs.set(program, () => output);
  }
}

async function outputOf(program: BlockProgram): Promise<string> {
  const file = `${program.path.split("/").at(-1)}.js`;
  const options = { cwd: root + dirname(program.path), timeout: 25_000 };
  return (await run(process.execPath, [file], options)).stdout;
}

describe("the code in README and docs", () => {
  let complaints = "";

  beforeAll(async () => {
    const project = writePrograms(programs, "docs/.tmp/blocks/tsconfig.json");
    const tsc = ["node_modules/typescript/bin/tsc", "-p", project];
    complaints = await run(process.execPath, tsc, { cwd: root }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    runAll();
    if (hasPython) runRecipes();
  }, 60_000);

  test("is marked with a language, and TypeScript is either run or marked as broken", () => {
    const known = ["ts", "ts broken", "python", "sh", "text", "json", "mermaid"];
    expect(blocks.filter((block) => !known.includes(block.info))).toEqual([]);
  });

  test("that is broken on purpose says so in its first line", () => {
    for (const block of blocks) {
      if (block.info === "ts broken") expect(block.code.split("\n")[0]).toMatch(/^\/\/ Broken: /);
    }
  });

  test("fits the types under strict", () => {
    expect(complaints).toBe("");
  });

  const named = (chosen: readonly BlockProgram[]) =>
    chosen.map((program) => [`${program.block.page}:${program.block.line}`, program] as const);
  const withoutPython = programs.filter((program) => !canRun(program));
  // A program with a Python at the other end cannot run where there is no python3: it is listed as skipped.
  if (withoutPython.length > 0)
    test.skip.each(named(withoutPython))("runs, where there is python3: %s", () => {});

  test.each(named(programs.filter(canRun)))("runs: %s", async (_name, program) => {
    const stdout = await outputs.get(program)?.();
    if (stdout === undefined) throw new Error("This program was not run.");
    const printed = stdout.split("\n");
    // Each promised line once, in the order of the page; what is printed beside them does not matter.
    let from = 0;
    const seen = promised(program).filter((line) => {
      const at = printed.indexOf(line, from);
      if (at >= 0) from = at + 1;
      return at >= 0;
    });
    expect(seen).toEqual(promised(program));
  });

  (hasPython ? test : test.skip).each(
    recipes.map((block) => [`${block.page}:${block.line}`, block] as const),
  )("runs in Python: %s", async (_name, block) => {
    const shown = [...block.code.matchAll(/^\s*print\(.*\) {2}# (.+)$/gm)].map((match) => match[1]);
    const printed = (await recipeOutputs.get(block))?.split("\n");
    expect(printed).toEqual([...shown, ""]);
    expect(shown).not.toEqual([]);
  });

  test("each recipe has Python's own program below it", () => {
    const titles = textOf("docs/guide/recipes.md").split(/^## /m).slice(1);
    expect(titles.filter((recipe) => !recipe.includes("```python\n"))).toEqual([]);
  });
});
