import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "@jest/globals";
import { pool } from "./support/pools.ts";

/** Programs start in many ways, and tasks do what they like to their process: what held when it was tried by hand. */

const here = fileURLToPath(new URL(".", import.meta.url));
const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const program = fixture("doubles-on-both.mjs");
const source = readFileSync(program, "utf8");
const right = "42 42\n";
const run = promisify(execFile);

/** The same as a user of Node's REPL types it: no module, and a function that only the REPL knows. */
const typed = `
const { ProcessPoolExecutor } = require("@concurrent-futures/process");
function double(x) { return x * 2; }
const both = async () => { const results = []; for (const mpContext of ["thread", "spawn"]) { const pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext }); results.push(await pool.submit(double, 21)); await pool.shutdown(); } return results; };
both().then((results) => { console.log(...results); process.exit(); });
`;

/** @param stays - whether the input goes on after this text, as a terminal's: a REPL ends with its input. */
async function piped(args: readonly string[], input: string, stays = false): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: here });
  let output = "";
  child.stdout.on("data", (piece: Buffer) => {
    output += String(piece);
  });
  child.stdin.write(input);
  if (!stays) child.stdin.end();
  await once(child, "close");
  return output;
}

describe("pools of threads and of processes work in a program", () => {
  test.each<[string, () => Promise<string>]>([
    [
      "given by -e",
      async () => (await run(process.execPath, ["--input-type=module", "-e", source], { cwd: here })).stdout,
    ],
    ["given by standard input", () => piped(["--input-type=module", "-"], source)],
    [
      "typed into a REPL",
      // What it prints stands between prompts.
      async () => /42 42\n/.exec(await piped(["-i"], typed, true))?.[0] ?? "",
    ],
    [
      "that is a worker of piscina",
      async () => {
        const primary = `import Piscina from "piscina";
          const foreign = new Piscina({ filename: ${JSON.stringify(program)}, maxThreads: 1 });
          await foreign.run().catch(() => {});
          await foreign.destroy();`;
        return (await run(process.execPath, ["--input-type=module", "-e", primary], { cwd: here })).stdout;
      },
    ],
    ["that is inspected", async () => (await run(process.execPath, ["--inspect=0", program])).stdout],
    [
      "that imports it by a ?query",
      async () =>
        (
          await run(process.execPath, [
            "--input-type=module",
            "-e",
            `await import("file://${program}?a=1#b")`,
          ])
        ).stdout,
    ],
    [
      "that is a thread",
      async () => {
        const worker = new Worker(program, { stdout: true });
        let output = "";
        worker.stdout.on("data", (piece: Buffer) => {
          output += String(piece);
        });
        await once(worker, "exit");
        return output;
      },
    ],
    [
      "that is a worker of node:cluster",
      async () => {
        const primary = `import cluster from "node:cluster"; cluster.setupPrimary({ exec: ${JSON.stringify(program)}, execArgv: [] }); cluster.fork();`;
        return (await run(process.execPath, ["--input-type=module", "-e", primary], { cwd: here })).stdout;
      },
    ],
  ])("%s", async (_what, start) => {
    expect(await start()).toBe(right);
  });

  const canBeFirst = spawnSync("unshare", ["--fork", "--pid", "--mount-proc", "true"]).status === 0;
  (canBeFirst ? test : test.skip)("that is the first of a container, PID 1 (needs unshare)", async () => {
    const args = ["--fork", "--pid", "--mount-proc", process.execPath, program];
    expect((await run("unshare", args, { timeout: 20_000 })).stdout).toBe(right);
  });

  test("whose clock runs a day a second, or back a thousand days", async () => {
    const { stdout } = await run(process.execPath, [fixture("jumping-clock.mjs")], { timeout: 60_000 });
    const once = {
      results: [2, 4, 6, 8],
      limit: "TimeoutError",
      waited: "TimeoutError",
      retried: 7,
      workers: 0,
    };
    expect(JSON.parse(stdout)).toEqual([once, once, once, once]);
  }, 60_000);

  test("in which pools lie three deep, of both kinds", async () => {
    const { stdout } = await run(process.execPath, [fixture("three-deep.mjs")], { timeout: 60_000 });
    expect(stdout).toBe("thread in spawn in thread\nspawn in thread in spawn\n");
  }, 60_000);

  test("whose tasks load a native addon in one worker after the other", async () => {
    const { stdout } = await run(process.execPath, [fixture("native-addon.mjs")], { timeout: 60_000 });
    expect(JSON.parse(stdout)).toEqual([
      ["thread", 3, [8, 8, 8]],
      ["spawn", 3, [8, 8, 8]],
    ]);
  }, 60_000);

  test("that prints five hundred lines from a worker that then exits", async () => {
    for (const mpContext of ["thread", "spawn"]) {
      const { stdout } = await run(process.execPath, [fixture("prints-and-exits.mjs"), mpContext]);
      expect(stdout.split("\n")).toEqual([
        ...Array.from({ length: 500 }, (_, at) => `line ${at}`),
        "BrokenProcessPool",
        "",
      ]);
    }
  });
});

describe.each(["thread", "spawn"] as const)(
  "a task on %s workers costs no other call anything",
  (mpContext) => {
    test.each<[string, () => unknown]>([
      [
        "that closes the port of its thread",
        async () => (await import("node:worker_threads")).parentPort?.close(),
      ],
      ["that hangs up on its parent", () => process.disconnect?.()],
      ["that goes to another folder", () => process.chdir("/")],
      ["that takes all listeners off its process", () => void process.removeAllListeners()],
    ])("%s", async (_what, task) => {
      const executor = pool({ maxWorkers: 1, mpContext });
      await executor.submit(task).exception();
      expect(await executor.submit((x: number) => x * 2, 21).result(20_000)).toBe(42);
      await executor.shutdown();
    });
  },
);
