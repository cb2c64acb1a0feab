import {
  ArgumentTypeError,
  CancelledError,
  currentTask,
  FuturesError,
  type MapOptions,
  RuntimeError,
  type TaskOptions,
  ValueError,
} from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { ManualExecutor, type Submitted } from "./support/manual-executor.ts";
import { rejection, thrown } from "./support/outcomes.ts";

const identity = <T>(value: T): T => value;

describe("a view", () => {
  class Named extends ManualExecutor {
    #asked = 0;
    get asked(): number {
      return this.#asked;
    }
    ask(times = 1): number {
      this.#asked += times;
      return this.#asked;
    }
  }

  test("has the executor's own members, and so has a view of it", () => {
    const executor = new Named();
    const view = executor.withOptions({ priority: 1 });
    expect(view.ask(2)).toBe(2);
    expect([view.asked, executor.asked]).toEqual([2, 2]);
    const second = view.withOptions({ timeout: 5 });
    expect([second.ask(), second.asked, executor.asked]).toEqual([3, 3, 3]);
    expect(second.calls).toBe(executor.calls);
  });

  test("ends nothing when its block is left; its shutdown() is the executor's", async () => {
    const executor = new Named();
    {
      await using view = executor.withOptions({ priority: 1 });
      view.ask();
    }
    expect(() => executor.submit(identity, 1)).not.toThrow();
    await executor.withOptions({ priority: 1 }).shutdown();
    expect(() => executor.submit(identity, 1)).toThrow(RuntimeError);
  });
});

describe("an executor's arguments", () => {
  const executor = new ManualExecutor();
  const map = (...args: unknown[]) =>
    (executor.map as (...args: unknown[]) => unknown).call(executor, ...args);

  test.each([
    [
      "submit without a function",
      () => executor.submit(undefined as never),
      ArgumentTypeError,
      ["`fn`", "undefined"],
    ],
    [
      "submit of what is no function",
      () => executor.submit("x" as never),
      ArgumentTypeError,
      ["`fn`", '"x" (string)'],
    ],
    [
      "submit of a call's promise",
      () => executor.submit(Promise.resolve(1) as never),
      ArgumentTypeError,
      ["Promise", "submit(fn, 1, 2)"],
    ],
    [
      "map with its inputs first",
      () => map([1, 2], (n: number) => n),
      ArgumentTypeError,
      ["an array", "map(fn, [1, 2, 3])"],
    ],
    ["map of what is no function", () => map({}, [1]), ArgumentTypeError, ["`fn`", "an object (Object)"]],
    ["map over a number", () => map(identity, 5), ArgumentTypeError, ["argument 2", "5 (number)"]],
    ["map over null", () => map(identity, [1], null), ArgumentTypeError, ["argument 3", "null"]],
    ["map over an object that is not last", () => map(identity, {}, [1]), ArgumentTypeError, ["argument 2"]],
    [
      "starmap over undefined",
      () => executor.starmap(identity as never, undefined as never),
      ArgumentTypeError,
      ["`argTuples`"],
    ],
    [
      "an unknown map option",
      () => map(identity, [1], { chunkSize: 1 }),
      ValueError,
      ["`chunkSize`", "chunksize"],
    ],
    [
      "shutdown with an unknown option",
      () => executor.shutdown({ wiat: true } as never),
      ValueError,
      ["wiat"],
    ],
    ["shutdown with a number", () => executor.shutdown(1 as never), ArgumentTypeError, ["1 (number)"]],
    [
      "withOptions without options",
      () => executor.withOptions(undefined as never),
      ArgumentTypeError,
      ["`options`"],
    ],
    ["withOptions of an array", () => executor.withOptions([] as never), ArgumentTypeError, ["an array"]],
  ] as const)("%s: a clear error", async (_what, call, type, texts) => {
    const error = (await rejection((async () => call())())) as Error;
    expect(error).toBeInstanceOf(type);
    for (const text of texts) expect(error.message).toContain(text);
  });

  test.each([
    [{ chunksize: 0 }, ValueError, "chunksize must be >= 1, got 0"],
    [{ chunksize: -1 }, ValueError, "chunksize must be >= 1"],
    [{ chunksize: 1.5 }, ArgumentTypeError, "1.5 (number)"],
    [{ chunksize: "large" as never }, ArgumentTypeError, '"large" (string)'],
    [{ buffersize: 0 }, ValueError, "buffersize must be undefined or > 0"],
    [{ buffersize: "3" as never }, ArgumentTypeError, "buffersize must be an integer or undefined"],
    [{ timeout: Number.NaN }, ValueError, "`timeout`"],
    [{ timeout: "1" as never }, ArgumentTypeError, "`timeout`"],
  ] as [MapOptions, typeof ValueError | typeof ArgumentTypeError, string][])(
    "map options %p are refused at the call",
    (options, type, text) => {
      const error = thrown(() => executor.map(identity, [1], options)) as Error;
      expect(error).toBeInstanceOf(type);
      expect(error.message).toContain(text);
    },
  );

  test.each([
    [{ timeout: 0 }, ValueError, "`timeout`"],
    [{ timeout: -1 }, ValueError, "-1"],
    [{ timeout: "1" as never }, ArgumentTypeError, "`timeout`"],
    [{ priority: Number.NaN }, ArgumentTypeError, "`priority`"],
    [{ priority: "high" as never }, ArgumentTypeError, "`priority`"],
    [{ signal: {} as never }, ArgumentTypeError, "`signal`"],
    [{ signal: null as never }, ArgumentTypeError, "`signal`"],
    [{ transfer: {} as never }, ArgumentTypeError, "`transfer`"],
    [{ name: 5 as never }, ArgumentTypeError, "`name`"],
    [{ prio: 1 } as never, ValueError, "`prio`"],
  ] as [TaskOptions, typeof ValueError | typeof ArgumentTypeError, string][])(
    "task options %p are refused at the call",
    (options, type, text) => {
      const error = thrown(() => executor.withOptions(options)) as Error;
      expect(error).toBeInstanceOf(type);
      expect(error.message).toContain(text);
    },
  );

  test("nothing was submitted by any of them", () => {
    expect(executor.calls).toEqual([]);
    expect(new ValueError("x")).toBeInstanceOf(FuturesError);
  });
});

describe("withOptions", () => {
  test("gives the same pool, with these options for what goes through it", async () => {
    const executor = new ManualExecutor();
    const urgent = executor.withOptions({ priority: 5, name: "urgent" });
    const future = urgent.submit(identity, 1);
    const results = urgent.map(identity, [2]);
    executor.submit(identity, 3);
    expect(executor.calls.map(({ options }) => options)).toEqual([
      { priority: 5, name: "urgent" },
      { priority: 5, name: "urgent" },
      undefined,
    ]);
    await executor.runAll();
    expect([await future, await results.toArray()]).toEqual([1, [2]]);
  });

  test("on top of others: the inner ones win", () => {
    const executor = new ManualExecutor();
    executor.withOptions({ priority: 5, name: "outer" }).withOptions({ priority: 7 }).submit(identity, 1);
    expect(executor.calls[0]?.options).toEqual({ priority: 7, name: "outer" });
  });

  test("shuts the pool down, and sees that it is shut down", async () => {
    const executor = new ManualExecutor();
    const view = executor.withOptions({ priority: 1 });
    await view.shutdown({ cancelFutures: true });
    expect(executor.shutdowns).toEqual([{ wait: true, cancelFutures: true }]);
    expect(thrown(() => view.submit(identity, 1))).toBeInstanceOf(RuntimeError);
    expect(thrown(() => view.map(identity, [1]))).toBeInstanceOf(RuntimeError);
  });

  test("a signal cancels what has not run, with its reason as the cause", async () => {
    const executor = new ManualExecutor();
    const controller = new AbortController();
    const future = executor.withOptions({ signal: controller.signal }).submit(identity, 1);
    const finished = executor.withOptions({ signal: controller.signal }).submit(identity, 2);
    (executor.calls[1] as Submitted).run();
    controller.abort("changed my mind");
    expect(future.cancelled()).toBe(true);
    expect(((await rejection(future)) as CancelledError).cause).toBe("changed my mind");
    expect(await finished).toBe(2);
  });

  test("a signal that has aborted already cancels without submitting", async () => {
    const executor = new ManualExecutor();
    const future = executor.withOptions({ signal: AbortSignal.abort("too late") }).submit(identity, 1);
    expect(executor.calls).toEqual([]);
    expect(await rejection(future)).toBeInstanceOf(CancelledError);
  });
});

describe("an executor of one's own", () => {
  test("is shut down, waiting, when its block is left", async () => {
    const executor = new ManualExecutor();
    {
      await using block = executor;
      block.submit(identity, 1);
    }
    expect(executor.shutdowns).toEqual([{ wait: true, cancelFutures: false }]);
  });

  test("refuses submit and map after shutdown, map over nothing too", async () => {
    const executor = new ManualExecutor();
    await executor.shutdown();
    for (const call of [
      () => executor.submit(identity, 1),
      () => executor.map(identity, [1]),
      () => executor.map(identity, []),
      () => executor.starmap(identity, []),
    ])
      expect(thrown(call)).toMatchObject({ message: "cannot schedule new futures after shutdown" });
  });
});

test("there is no current task outside of any", () => {
  expect(currentTask()).toBeUndefined();
});
