import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { nodes } from "../../nodes/nodes.mjs";

/** The same program without a worker file, as users start it; each is run for real and must print the same. */
const here = fileURLToPath(new URL("./projects/", import.meta.url));
const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));
const jest = fileURLToPath(new URL("../../../node_modules/jest/bin/jest.js", import.meta.url));
const tsx = `${modules}tsx/dist/cli.mjs`;

const expected = {
  exported: 55,
  byDefault: "b.txt",
  staticMethod: true,
  member: 5,
  closure: 102,
  captured: 6,
  namespace: "8/",
  recursive: true,
  ownFunction: 1.23,
  exportedClass: true,
  localClass: true,
  async: 13,
  error: [true, "11 is too much", 10],
  localError: [true, "mine"],
  refused: "ERR_SERIALIZATION",
};

/** Whose pool the programs use: one thread and this package alone, or the executor that users have. */
type PoolKind = "callable" | "thread" | "spawn";

/** What surrounds this test must not reach the programs: Jest's own flags among others. */
function environment(pool: PoolKind): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _id, NODE_ENV: _mode, ...rest } = process.env;
  const executor = new URL("./projects/executor-pool.mjs", import.meta.url).href;
  return pool === "callable" ? rest : { ...rest, POOL_MODULE: executor, POOL_CONTEXT: pool };
}

async function run(
  program: string,
  args: readonly string[],
  project: string,
  pool: PoolKind,
): Promise<{ stdout: string; stderr: string }> {
  const options = { cwd: here + project, env: environment(pool), encoding: "utf8" } as const;
  return promisify(execFile)(program, [...args], options);
}

type Way = readonly [name: string, project: string, program: string, args: readonly string[]];

const node = process.execPath;
const everywhere: readonly Way[] = [
  ["ES modules", "esm", node, ["main.js"]],
  ["CommonJS", "commonjs", node, ["main.js"]],
  ["ES modules under tsx", "tsx-esm", node, [tsx, "main.ts"]],
  ["CommonJS under tsx", "tsx-commonjs", node, [tsx, "main.ts"]],
];
const ways: readonly Way[] = [
  ...nodes.flatMap(({ name, node: program }) =>
    everywhere
      // tsx hooks into threads in one way up to Node 22, in another from then on.
      .filter(([, project]) => !project.startsWith("tsx") || /this|24/.test(name))
      .map(([way, project, _program, args]): Way => [`${way} on ${name}`, project, program, args]),
  ),
  ["an entry named without its ending", "commonjs", node, ["main"]],
  ["node --import tsx", "tsx-esm", node, ["--import", "tsx", "main.ts"]],
  ...nodes
    .slice(1)
    .map(
      ({ name, node: program }): Way => [`type stripping of ${name}`, "strip-types", program, ["main.ts"]],
    ),
];
const jests: readonly (readonly [string, string, string])[] = [
  ["ES modules", "jest-esm", "jest.config.mjs"],
  ["CommonJS, lowered to ES2016, with coverage", "jest-commonjs", "jest.config.cjs"],
];

async function runs([_name, project, program, args]: Way, pool: PoolKind): Promise<void> {
  const { stdout, stderr } = await run(program, args, project, pool);
  const [first, result, ...rest] = stdout.trim().split("\n");
  expect(stderr).toBe("");
  expect(first).toBe("the program runs");
  expect(JSON.parse(result ?? "")).toEqual(expected);
  expect(rest).toEqual([]);
}

describe("a program without a worker file runs, and runs once", () => {
  test.each(ways)("as %s", (...way) => runs(way, "thread"));

  test.each(jests)("inside Jest as %s", async (_name, project, config) => {
    // CommonJS as most people run it: without the flag.
    const flags = project === "jest-esm" ? ["--experimental-vm-modules"] : [];
    const args = [...flags, jest, "--config", config, "--no-cache"];
    const { stderr } = await run(node, args, project, "thread");
    expect(stderr).toContain("1 passed, 1 total");
  });

  test.each([...everywhere, ...ways.filter(([name]) => name === "type stripping of Node 24")])(
    "in processes, as %s",
    (...way) => runs(way, "spawn"),
  );

  test.each(everywhere)("by this package alone, as %s", (...way) => runs(way, "callable"));
});
