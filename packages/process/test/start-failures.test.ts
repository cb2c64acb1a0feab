import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BrokenProcessPool } from "@concurrent-futures/core";
import type { ProcessPoolOptions } from "@concurrent-futures/process";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { pool, work } from "./support/pools.ts";

const uncaught: unknown[] = [];
const note = (error: unknown): void => {
  uncaught.push(error);
};
process.on("uncaughtException", note);
afterEach(() => {
  expect(uncaught.splice(0)).toEqual([]);
  jest.restoreAllMocks();
});

/** Starts that fail each time, with words of the cause. */
const hopeless: readonly (readonly [string, ProcessPoolOptions, string])[] = [
  ["options that threads refuse", { execArgv: ["--expose-gc"] }, "expose-gc"],
  ["limits that threads refuse", { execArgv: ["--max-old-space-size=100"] }, "max-old-space-size"],
  ["an environment with options that threads refuse", { env: { NODE_OPTIONS: "--title=x" } }, "NODE_OPTIONS"],
  [
    "options that processes refuse",
    { mpContext: "spawn", execArgv: ["--no-such-option"] },
    "bad option: --no-such-option",
  ],
  [
    "a module that is not there",
    { mpContext: "spawn", execArgv: ["--require", "/no/such/module.js"] },
    "Cannot find module '/no/such/module.js'",
  ],
  [
    "a module that is not there, in a thread",
    { execArgv: ["--require", "/no/such/module.js"] },
    "no/such/module",
  ],
];

describe("workers that cannot be started", () => {
  test.each(hopeless)(
    "by %s fail what waited with the cause, and the pool says so from then on",
    async (_what, options, words) => {
      jest.spyOn(process, "emitWarning").mockImplementation(() => {});
      const executor = pool({ maxWorkers: 2, ...options });
      const errors = await Promise.all([1, 2, 3].map((n) => executor.submit(work("square"), n).exception()));
      for (const error of errors) {
        expect(error).toBeInstanceOf(BrokenProcessPool);
        expect(
          String((error as BrokenProcessPool).message) + String((error as BrokenProcessPool).cause),
        ).toContain(words);
      }
      expect(() => executor.submit(work("square"), 1)).toThrow(BrokenProcessPool);
      await executor.shutdown();
    },
  );

  // Not the last: a thread that dies before its first line is noticed only by a loop that turns.
  test.each(hopeless.slice(0, -1))("by %s fail a blocked thread as well", (_what, options) => {
    jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    const executor = pool({ maxWorkers: 1, ...options });
    const future = executor.submit(work("square"), 3);
    expect(() => future.resultSync(20_000)).toThrow(BrokenProcessPool);
  });

  test("a program without a handler does not end by it", async () => {
    const program = spawn(process.execPath, [
      fileURLToPath(new URL("./fixtures/refused-options.mjs", import.meta.url)),
    ]);
    let output = "";
    program.stdout.on("data", (piece: Buffer) => {
      output += String(piece);
    });
    // Not "exit": what it wrote may come later.
    const [exitCode] = (await once(program, "close")) as [number];
    expect([output.trim(), exitCode]).toEqual(["BrokenProcessPool", 0]);
  });
});

describe("one start that fails", () => {
  test("by a signal is tried again, and costs no call", async () => {
    const warnings = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    const executor = pool({
      maxWorkers: 1,
      mpContext: "spawn",
      execArgv: ["--require", fileURLToPath(new URL("./fixtures/dies-at-first.cjs", import.meta.url))],
      env: { ...process.env, DIES_ONCE: `${process.pid}-${Math.random()}` },
    });
    expect(await Promise.all([1, 2, 3].map((n) => executor.submit(work("square"), n)))).toEqual([1, 4, 9]);
    expect(warnings).toHaveBeenCalledWith(
      expect.stringContaining("SIGINT"),
      expect.objectContaining({ code: "CF_WORKER_NOT_STARTED" }),
    );
  });

  test("while others work costs nothing: the pool goes on with fewer", async () => {
    jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    // The first worker starts, all others die at once.
    const executor = pool({
      maxWorkers: 4,
      mpContext: "spawn",
      execArgv: ["--require", fileURLToPath(new URL("./fixtures/only-one.cjs", import.meta.url))],
    });
    await executor.submit(work("square"), 1);
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) => executor.submit(work("square"), n)),
    );
    expect(results).toEqual(Array.from({ length: 40 }, (_, n) => n * n));
  });

  test('with `onWorkerCrash: "break"` breaks the pool, as in Python', async () => {
    const executor = pool({
      maxWorkers: 1,
      mpContext: "spawn",
      onWorkerCrash: "break",
      execArgv: ["--no-such-option"],
    });
    expect(await executor.submit(work("square"), 1).exception()).toBeInstanceOf(BrokenProcessPool);
  });
});
