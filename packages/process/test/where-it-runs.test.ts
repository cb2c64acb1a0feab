import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "@jest/globals";
import { pool } from "./support/pools.ts";

/** Programs start in many ways, and tasks do what they like to their process: what held when it was tried by hand. */

const here = fileURLToPath(new URL(".", import.meta.url));
const program = fileURLToPath(new URL("./fixtures/doubles-on-both.mjs", import.meta.url));
const source = readFileSync(program, "utf8");
const right = "42 42\n";
const run = promisify(execFile);

async function piped(args: readonly string[], input: string): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: here });
  let output = "";
  child.stdout.on("data", (piece: Buffer) => {
    output += String(piece);
  });
  child.stdin.end(input);
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
