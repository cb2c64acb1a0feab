import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";

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

/** What surrounds this test must not reach the programs: Jest's own flags among others. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _id, NODE_ENV: _mode, ...rest } = process.env;
  return rest;
}

async function run(
  program: string,
  args: string[],
  cwd: string,
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(program, args, { cwd, env: environment(), encoding: "utf8" });
}

const nodes: readonly (readonly [string, string])[] = [
  ["this Node", process.execPath],
  ["Node 22", `${modules}node22/bin/node`],
  ["Node 24", `${modules}node24/bin/node`],
  ["Node 26", `${modules}node26/bin/node`],
];

const ways: readonly (readonly [string, string, string, readonly string[]])[] = [
  ...nodes.flatMap(([name, node]) => [
    [`ES modules on ${name}`, "esm", node, ["main.js"]] as const,
    [`CommonJS on ${name}`, "commonjs", node, ["main.js"]] as const,
  ]),
  ["an entry named without its ending", "commonjs", process.execPath, ["main"]],
  ...nodes.flatMap(([name, node]) => [
    [`ES modules under tsx on ${name}`, "tsx-esm", node, [tsx, "main.ts"]] as const,
    [`CommonJS under tsx on ${name}`, "tsx-commonjs", node, [tsx, "main.ts"]] as const,
  ]),
  ["node --import tsx", "tsx-esm", process.execPath, ["--import", "tsx", "main.ts"]],
  ...nodes
    .slice(1)
    .map(([name, node]) => [`type stripping of ${name}`, "strip-types", node, ["main.ts"]] as const),
];

describe("a program without a worker file runs, and runs once", () => {
  test.each(ways)("as %s", async (_name, project, program, args) => {
    const { stdout, stderr } = await run(program, [...args], here + project);
    const [first, result, ...rest] = stdout.trim().split("\n");
    expect(stderr).toBe("");
    expect(first).toBe("the program runs");
    expect(JSON.parse(result ?? "")).toEqual(expected);
    expect(rest).toEqual([]);
  });

  test.each([
    ["ES modules", "jest-esm", "jest.config.mjs"],
    ["CommonJS, lowered to ES2016, with coverage", "jest-commonjs", "jest.config.cjs"],
  ])("inside Jest as %s", async (_name, project, config) => {
    const args = ["--experimental-vm-modules", jest, "--config", config, "--no-cache"];
    const { stderr } = await run(process.execPath, args, here + project);
    expect(stderr).toContain("1 passed, 1 total");
  });
});
