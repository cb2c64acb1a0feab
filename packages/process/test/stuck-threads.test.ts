import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, TimeoutError } from "@concurrent-futures/core";
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

const folder = mkdtempSync(join(tmpdir(), "stuck-"));
const openPipe = task(new URL("./fixtures/stuck.mjs", import.meta.url), "openPipe") as (
  path: string,
) => string;
const pipes: string[] = [];
let warnings: { mock: { calls: unknown[][] } };

/** A named pipe that keeps who opens it until the test is over. */
function pipe(): string {
  const path = join(folder, String(pipes.length));
  execFileSync("mkfifo", [path]);
  pipes.push(path);
  return path;
}

beforeEach(() => {
  warnings = jest.spyOn(process, "emitWarning").mockImplementation(() => {}) as unknown as typeof warnings;
});

afterEach(() => {
  jest.restoreAllMocks();
  // Opened for reading and writing, a pipe lets its readers go.
  for (const path of pipes) writeFileSync(path, "", { flag: "r+" });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("a thread that is stuck in a system call", () => {
  test("ends by its time limit: the next call runs, and the pool can be shut down", async () => {
    const executor = pool({ maxWorkers: 1 });
    const stuck = executor.withOptions({ timeout: 50 }).submit(openPipe, pipe());
    const next = executor.submit(work("square"), 3);
    expect(await stuck.exception()).toBeInstanceOf(TimeoutError);
    expect(await next).toBe(9);
    await executor.shutdown();
    expect(warnings.mock.calls).toContainEqual([
      expect.stringContaining("Thread worker 1 cannot be ended"),
      expect.objectContaining({ code: "CF_THREAD_STUCK" }),
    ]);
  });

  test("is cancelled by force", async () => {
    const executor = pool({ maxWorkers: 1 });
    const path = pipe();
    const stuck = executor.submit(openPipe, path);
    await until(() => existsSync(`${path}.begun`));
    expect(stuck.cancel({ force: true })).toBe(true);
    await expect(stuck).rejects.toThrow();
    expect(stuck.cancelled()).toBe(true);
  });

  test.each(["terminateWorkers", "killWorkers"] as const)("fails its call by %s", async (method) => {
    const executor = pool({ maxWorkers: 1 });
    const path = pipe();
    const stuck = executor.submit(openPipe, path);
    await until(() => existsSync(`${path}.begun`));
    executor[method]();
    const error = await stuck.exception();
    expect(error).toBeInstanceOf(BrokenProcessPool);
    expect(String(error)).toContain(`${method}() ended its pool`);
    await executor.shutdown();
  });

  test("is noticed by a blocked thread", async () => {
    const executor = pool({ maxWorkers: 1 });
    const path = pipe();
    const stuck = executor.submit(openPipe, path);
    await until(() => existsSync(`${path}.begun`));
    stuck.cancel({ force: true });
    executor.killWorkers();
    expect(() => stuck.resultSync(20_000)).toThrow("cancelled");
  });
});
