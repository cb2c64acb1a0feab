import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { build } from "esbuild";

/** Stacks of a program that was compiled, with `--enable-source-maps`: they name the places in its sources. */

const source = `import { ProcessPoolExecutor } from "@concurrent-futures/process";

interface Options {
  readonly much: number;
}

const pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: process.argv[2] as "thread" | "spawn" });
const captured = (options: Options): never => {
  const sum: number = options.much + 1;

  throw new RangeError(\`too much: \${sum}\`);
};
const error = await pool.submit((options: Options) => captured(options), { much: 3 }).exception();
console.log((error as Error).stack);
// As the worker sees it, also where several functions of one file, and one after the other, are there.
const seen = (): string => {
  const text = String(new Error("seen").stack);
  return text;
};
console.log(await pool.submit(() => captured.name + seen()));
await pool.shutdown();
`;
const throwingLine = source.split("\n").findIndex((line) => line.includes("throw")) + 1;
const callingLine = source.split("\n").findIndex((line) => line.includes("pool.submit")) + 1;
const seenLine = source.split("\n").findIndex((line) => line.includes('new Error("seen")')) + 1;

let folder: string;

beforeAll(async () => {
  // Beside the fixtures, where the packages are found.
  folder = realpathSync(mkdtempSync(fileURLToPath(new URL("fixtures/source-maps-", import.meta.url))));
  writeFileSync(join(folder, "main.ts"), source);
  await build({
    absWorkingDir: folder,
    entryPoints: ["main.ts"],
    outfile: "compiled/main.mjs",
    format: "esm",
    minify: true,
    keepNames: false,
    sourcemap: true,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function stackOf(flags: readonly string[], kind: string): Promise<string> {
  const args = [...flags, join(folder, "compiled/main.mjs"), kind];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

test.each(["thread", "spawn"])("name the lines of functions by value, workers of %s", async (kind) => {
  const stack = await stackOf(["--enable-source-maps"], kind);
  expect(stack).toContain(`${join(folder, "main.ts")}:${throwingLine}:9`);
  expect(stack).toContain(`${join(folder, "main.ts")}:${callingLine}:`);
  expect(stack).toContain(`${join(folder, "main.ts")}:${seenLine}:23`);
  expect(stack).not.toContain("by-value");
});

test("name the compiled file without the flag", async () => {
  const stack = await stackOf([], "thread");
  expect(stack).toContain("compiled/main.mjs:");
  expect(stack).not.toContain("by-value");
});
