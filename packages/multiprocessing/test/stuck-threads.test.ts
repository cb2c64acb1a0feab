import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { task } from "@concurrent-futures/callable";
import { BaseManager, Pool, Process } from "@concurrent-futures/multiprocessing";
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

const folder = mkdtempSync(join(tmpdir(), "stuck-"));
const openPipe = task(new URL("./fixtures/stuck.mjs", import.meta.url), "openPipe") as (
  path: string,
) => string;
const Opener = task(new URL("./fixtures/stuck.mjs", import.meta.url), "Opener") as unknown as new () => {
  open(path: string): string;
};
const pipes: string[] = [];

function pipe(): string {
  const path = join(folder, String(pipes.length));
  execFileSync("mkfifo", [path]);
  pipes.push(path);
  return path;
}

/** Waits until the stuck side is about to wait: nothing tells but a file. */
async function begun(path: string): Promise<void> {
  while (!existsSync(`${path}.begun`)) await setImmediate();
}

beforeEach(() => {
  jest.spyOn(process, "emitWarning").mockImplementation(() => {});
});

afterEach(() => {
  jest.restoreAllMocks();
  // Opened for reading and writing, a pipe lets its readers go.
  for (const path of pipes) writeFileSync(path, "", { flag: "r+" });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("a thread that is stuck in a system call", () => {
  test.each([
    ["terminate", -15],
    ["kill", -9],
  ] as const)("as a Process is joined after %s()", async (method, exitcode) => {
    const path = pipe();
    const child = new Process({ target: openPipe, args: [path], context: "thread" });
    child.start();
    await begun(path);
    child[method]();
    await child.join();
    expect(child.isAlive()).toBe(false);
    expect(child.exitcode).toBe(exitcode);
  });

  test("in a Pool: terminate() and join() end", async () => {
    const path = pipe();
    const pool = new Pool({ processes: 1, context: "thread" });
    const result = pool.applyAsync(openPipe, [path]);
    await begun(path);
    pool.terminate();
    await pool.join();
    await expect(result.get(1_000)).rejects.toThrow("terminate() ended its pool");
  });

  test("in a manager's server: shutdown() and join() end", async () => {
    const manager = new BaseManager().register("Opener", { callable: Opener });
    await manager.start();
    const opener = await manager.Opener();
    const path = pipe();
    const opened = opener.open(path) as Promise<string>;
    opened.catch(() => {});
    await begun(path);
    await manager.shutdown();
    await manager.join();
    await expect(opened).rejects.toThrow("gone");
  });
});
