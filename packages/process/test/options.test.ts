import { ArgumentTypeError, SerializationError, ValueError } from "@concurrent-futures/core";
import { ProcessPoolExecutor, type ProcessPoolOptions } from "@concurrent-futures/process";
import { describe, expect, test } from "@jest/globals";
import { pool, work } from "./support/pools.ts";

describe("the options of a ProcessPoolExecutor", () => {
  test.each([
    [0, ValueError, "maxWorkers must be greater than 0"],
    [-1, ValueError, "-1"],
    [1.5, ArgumentTypeError, "`maxWorkers`"],
    [Number.NaN, ArgumentTypeError, "NaN"],
    ["4", ArgumentTypeError, '"4" (string)'],
    [null, ArgumentTypeError, "null"],
    [[], ArgumentTypeError, "an array"],
    [{ maxWorkers: 0 }, ValueError, "maxWorkers"],
    [{ max_workers: 4 }, ValueError, "`max_workers`"],
    [{ mpContext: "fork" }, ValueError, '"fork"'],
    [{ mpContext: 1 }, ArgumentTypeError, "`mpContext`"],
    [{ onWorkerCrash: "ignore" }, ValueError, "`onWorkerCrash`"],
    [{ maxTasksPerChild: 0 }, ValueError, "maxTasksPerChild"],
    [{ maxTasksPerChild: "3" }, ArgumentTypeError, "`maxTasksPerChild`"],
    [{ initializer: "setUp" }, ArgumentTypeError, "`initializer`"],
    [{ initargs: 5 }, ArgumentTypeError, "`initargs`"],
    [{ idleTimeout: -1 }, ValueError, "`idleTimeout`"],
    [{ idleTimeout: Number.NaN }, ValueError, "`idleTimeout`"],
    [{ resourceLimits: 64 }, ArgumentTypeError, "`resourceLimits`"],
    [{ env: "PATH=x" }, ArgumentTypeError, "`env`"],
    [{ execArgv: "--trace-gc" }, ArgumentTypeError, "`execArgv`"],
    [{ execArgv: [1] }, ArgumentTypeError, "`execArgv`"],
  ] as const)("%p is refused at the constructor", (options, type, text) => {
    const make = () => new ProcessPoolExecutor(options as unknown as ProcessPoolOptions);
    expect(make).toThrow(type);
    expect(make).toThrow(text);
  });

  test("Python's positional arguments are refused, not ignored", () => {
    const Loose = ProcessPoolExecutor as unknown as new (...args: unknown[]) => unknown;
    expect(() => new Loose(2, "spawn")).toThrow(ArgumentTypeError);
    expect(() => new Loose(2, "spawn", () => {})).toThrow(
      'Expected new ProcessPoolExecutor(maxWorkers) or new ProcessPoolExecutor({ maxWorkers, mpContext, initializer }), got 2 more argument(s): "spawn" (string).',
    );
  });

  test.each(["thread", "spawn"] as const)(
    "a variable of `env` that is undefined is absent [%s]",
    async (mpContext) => {
      const executor = pool({
        mpContext,
        maxWorkers: 1,
        env: { ...process.env, GIVEN: "here", ABSENT: undefined },
      });
      expect(await executor.submit(work("environment"), "GIVEN")).toBe("here");
      expect(await executor.submit(work("environment"), "ABSENT")).toBeUndefined();
    },
  );

  test("an initializer that cannot be sent is refused at the constructor too", () => {
    const bound = function (this: unknown) {}.bind({});
    expect(() => new ProcessPoolExecutor({ initializer: bound })).toThrow(SerializationError);
  });

  test("what is no function is refused by submit and map", () => {
    const executor = pool();
    expect(() => executor.submit(5 as never)).toThrow(ArgumentTypeError);
    expect(() => executor.map("x" as never, [1])).toThrow(ArgumentTypeError);
    expect(executor.stats().workers).toBe(0);
  });

  test("wrong map options are refused at the call, and start no worker", () => {
    const executor = pool();
    const square = work("square");
    expect(() => executor.map(square, [1], { chunksize: 0 })).toThrow("chunksize must be >= 1");
    expect(() => executor.map(square, [1], { timeout: Number.NaN })).toThrow(ValueError);
    expect(() => executor.map(square, [1], { buffersize: 0 })).toThrow(ValueError);
    expect(executor.stats().workers).toBe(0);
  });
});
