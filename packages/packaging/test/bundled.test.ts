import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type BuildOptions, build, type Format } from "esbuild";
import { manifestOf, root } from "./support/packages.ts";

/**
 * A program that was bundled with the library in it runs alone in its folder: what workers start with is in the bundle, too. `pnpm
 * toolchains` does the same with each bundler.
 */

const program = `
  import { currentTask, ProcessPoolExecutor } from "concurrent-futures";
  import * as mp from "concurrent-futures/multiprocessing";

  class Refused extends Error {}
  const factor = 2;
  const twice = (n) => n * factor;

  async function collect(results) {
    const list = [];
    for await (const result of results) list.push(result);
    return list;
  }

  async function run(kind) {
    const context = mp.getContext(kind);
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: context });
    const queue = context.Queue();
    const manager = await mp.Manager();
    try {
      const own = await pool.submit(() => { throw new Refused("no"); }).exception();
      const ours = await pool.submit(() => { throw new mp.Empty("nothing"); }).exception();
      const child = context.Process({ target: (queue, value) => queue.putSync(twice(value)), args: [queue, 4] });
      child.start();
      const list = await manager.list([1, 2]);
      return {
        closure: await pool.submit(twice, 21),
        task: await pool.submit(() => currentTask().name),
        errors: [own instanceof Refused, ours instanceof mp.Empty],
        map: await collect(pool.map(twice, [1, 2])),
        nested: await pool.submit(async () => {
          const inner = new ProcessPoolExecutor(1);
          try {
            return await inner.submit(twice, 8);
          } finally {
            await inner.shutdown();
          }
        }),
        process: await queue.get(20_000),
        manager: await pool.submit((list) => list.length(), list),
        ended: await child.join(20_000),
      };
    } finally {
      await manager.shutdown();
      await pool.shutdown();
    }
  }

  run(process.argv[2]).then(
    (result) => console.log(JSON.stringify(result)),
    (error) => console.log(error.name + ": " + error.message),
  );
`;
const works = {
  closure: 42,
  task: "(anonymous)",
  errors: [true, true],
  map: [2, 4],
  nested: 16,
  process: 8,
  manager: 2,
};
let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bundled-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles the program into a folder of its own. Gives the file. */
async function bundle(format: Format, options: BuildOptions): Promise<string> {
  const target = mkdtempSync(join(folder, "program-"));
  const outfile = join(target, format === "esm" ? "main.mjs" : "main.cjs");
  const stdin = { contents: program, resolveDir: join(root, "packages/conformance") };
  const { warnings } = await build({
    ...{ stdin, bundle: true, platform: "node", format, outfile, logLevel: "silent" },
    ...options,
  });
  expect(warnings).toEqual([]);
  return outfile;
}

/** What the program prints. */
async function output(file: string, kind: "thread" | "spawn"): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [file, kind], { timeout: 25_000 });
  return stdout.trim();
}

describe.each<[Format, "thread" | "spawn"]>([
  ["esm", "spawn"],
  ["cjs", "thread"],
])("a bundle in the format %s", (format, kind) => {
  test(`with the library in it runs alone, context ${kind}`, async () => {
    const file = await bundle(format, { minify: kind === "spawn" });
    expect(JSON.parse(await output(file, kind))).toEqual(works);
  });

  test("of a bundler that does not know the condition `module` says how to keep the library external", async () => {
    const file = await bundle(format, {
      conditions: ["node"],
      logOverride: { "empty-import-meta": "silent" },
    });
    const text = await output(file, "thread");
    expect(text).toMatch(/^RuntimeError: concurrent-futures has been bundled \(into /);
    expect(text).toContain("external");
  });

  test("runs with the library beside it", async () => {
    const file = await bundle(format, { packages: "external" });
    mkdirSync(join(file, "../node_modules"));
    symlinkSync(join(root, "packages/concurrent-futures"), join(file, "../node_modules/concurrent-futures"));
    expect(JSON.parse(await output(file, kind))).toEqual(works);
  });
});

test.each(["core", "thread", "callable", "process", "multiprocessing"])(
  "each entry of %s has a file for bundlers beside the one for Node",
  (folder) => {
    for (const [way, files] of Object.entries(manifestOf(folder).exports)) {
      if (typeof files === "string") continue;
      expect([way, (files as { module?: string }).module]).toEqual([
        way,
        files.default.replace(/^\.\/dist\/(bundle\/)?/, "./dist/in-bundle/"),
      ]);
    }
  },
);
