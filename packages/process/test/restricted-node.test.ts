import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { nodeOf } from "../../nodes/nodes.mjs";

/** Programs of a Node that forbids something: the pool does without it, or says what must be allowed. */

const cwd = fileURLToPath(new URL("fixtures/", import.meta.url));

interface Run {
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly node?: string | undefined;
}

/** What the program prints: JSON. */
async function run(
  program: string,
  { flags = [], env = {}, node = process.execPath }: Run,
): Promise<unknown> {
  const args = [...flags, "--no-warnings", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(node, args, { cwd, env: { ...process.env, ...env } });
  return JSON.parse(stdout);
}

const pool = (mpContext: string): string => `
  import { task } from "@concurrent-futures/callable";
  import { ProcessPoolExecutor } from "@concurrent-futures/process";
  const square = task(new URL("work.mjs", ${JSON.stringify(new URL("fixtures/work.mjs", import.meta.url))}), "square");
  const pool = new ProcessPoolExecutor({ mpContext: "${mpContext}", maxWorkers: 1 });
  process.on("exit", () => console.log(JSON.stringify(results)));
  const results = [];
  const show = async (future) => results.push(await future().then((value) => value, (error) => error.message));`;

/** A function by name, one by value, and an error. */
const everything = (mpContext: string): string => `${pool(mpContext)}
  await show(async () => pool.submit(square, 3));
  await show(async () => pool.submit((x) => x ** 3, 3));
  await show(async () => pool.submit(() => { throw new Error("told"); }));
  await pool.shutdown();`;

/** A function by name. */
const named = (mpContext: string): string => `${pool(mpContext)}
  await show(async () => pool.submit(square, 3));
  await pool.shutdown();`;

describe.each(["thread", "spawn"])("pools with workers of %s run", (mpContext) => {
  test.each([["--frozen-intrinsics"], ["--disallow-code-generation-from-strings"]])(
    "with %s",
    async (flag) => {
      expect(await run(everything(mpContext), { flags: [flag] })).toEqual([9, 27, "told"]);
    },
  );
});

describe.each(["thread", "spawn"])("pools with workers of %s run", (mpContext) => {
  test("where each object has inherited an enumerable property", async () => {
    const preload = `data:text/javascript,${encodeURIComponent("Object.prototype.foo = 1;")}`;
    const program = everything(mpContext)
      .replaceAll(/import (.*) from (.*);/g, "const $1 = await import($2);")
      .replace("maxWorkers: 1", `maxWorkers: 1, execArgv: ["--import", "${preload}"]`);
    expect(program).toContain("execArgv");
    expect(await run(`Object.prototype.foo = 1; ${program}`, {})).toEqual([9, 27, "told"]);
  });
});

const onLinux = process.platform === "linux" ? describe : describe.skip;

onLinux("without a folder for temporary files", () => {
  test("worker processes use the memory that Linux shows as files", async () => {
    expect(await run(named("spawn"), { env: { TMPDIR: "/no/such/folder" } })).toEqual([9]);
  });
});

/** How a Node is told to have permissions; Node 20 has another name for it. */
function permissions(allowed: readonly string[]): string[] {
  const model = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  return [model, "--allow-fs-read=*", ...allowed];
}

describe("with Node's permissions", () => {
  const write = "--allow-fs-write=*";

  test.each([
    ["thread", [write, "--allow-child-process"], "--allow-worker"],
    ["spawn", [write, "--allow-child-process"], "--allow-worker"],
    ["spawn", [write, "--allow-worker"], "--allow-child-process"],
    ["spawn", ["--allow-child-process", "--allow-worker"], "--allow-fs-write"],
  ])("workers of %s, given %j, name what is missing: %s", async (mpContext, allowed, missing) => {
    const [message] = (await run(named(mpContext), { flags: permissions(allowed) })) as [string];
    expect(message).toContain(`Node was started with permissions. Add ${missing}`);
  });

  test.each(["thread", "spawn"])("workers of %s run with what they need", async (mpContext) => {
    const flags = permissions([write, "--allow-child-process", "--allow-worker"]);
    expect(await run(named(mpContext), { flags })).toEqual([9]);
  });

  const node = nodeOf(24);
  const withNode24 = node === undefined ? test.skip : test;
  const flags = ["--permission", "--allow-fs-read=*", "--allow-worker"];

  withNode24("functions that are not named need --allow-inspector", async () => {
    const [square, message] = (await run(everything("thread"), { node, flags })) as [number, string];
    expect(square).toBe(9);
    expect(message).toMatch(/without --allow-inspector\. Name it: task\(/);
    expect(await run(everything("thread"), { node, flags: [...flags, "--allow-inspector"] })).toEqual([
      9,
      27,
      "told",
    ]);
  });
});

test.each([
  ["deno", "Deno 2.9.6"],
  ["bun", "Bun 1.4.5"],
])("in %s a pool says at once that it is not supported", async (name, runtime) => {
  const version = runtime.split(" ")[1];
  const preload = `Object.defineProperty(process, "versions", { value: { ...process.versions, ${name}: "${version}" } });`;
  const flags = ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
  const program = `
    import { ProcessPoolExecutor } from "@concurrent-futures/process";
    try {
      new ProcessPoolExecutor(1);
    } catch (error) {
      console.log(JSON.stringify([error.name, error.message]));
    }`;
  expect(await run(program, { flags })).toEqual([
    "RuntimeError",
    `A pool of workers is not supported in ${runtime}: run the program with Node. What needs no workers works here, such as ThreadPoolExecutor.`,
  ]);
});
