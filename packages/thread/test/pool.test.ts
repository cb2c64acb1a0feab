import {
  ArgumentTypeError,
  BrokenThreadPool,
  CancelledError,
  currentTask,
  RuntimeError,
  TimeoutError,
  ValueError,
} from "@concurrent-futures/core";
import { Latch } from "@concurrent-futures/core/testing";
import { ThreadPoolExecutor, type ThreadPoolOptions } from "@concurrent-futures/thread";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { rejection } from "../../core/test/support/outcomes.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the options of a ThreadPoolExecutor", () => {
  test.each([
    [0, ValueError, "maxWorkers must be greater than 0"],
    [-3, ValueError, "-3"],
    [1.5, ArgumentTypeError, "`maxWorkers`"],
    [Number.NaN, ArgumentTypeError, "NaN"],
    [Number.POSITIVE_INFINITY, ArgumentTypeError, "`maxWorkers`"],
    ["4", ArgumentTypeError, '"4" (string)'],
    [null, ArgumentTypeError, "null"],
    [{ maxWorkers: 0 }, ValueError, "maxWorkers"],
    [{ max_workers: 4 }, ValueError, "`max_workers`"],
    [{ initializer: 5 }, ArgumentTypeError, "`initializer`"],
    [{ initargs: "ab" }, ArgumentTypeError, "`initargs`"],
    [{ threadNamePrefix: 7 }, ArgumentTypeError, "`threadNamePrefix`"],
  ] as const)("%p is refused at the constructor", (options, type, text) => {
    const make = () => new ThreadPoolExecutor(options as unknown as ThreadPoolOptions);
    expect(make).toThrow(type);
    expect(make).toThrow(text);
  });
});

test("Python's positional arguments are refused, not ignored", () => {
  const Loose = ThreadPoolExecutor as unknown as new (...args: unknown[]) => unknown;
  expect(() => new Loose(2, "prefix")).toThrow(ArgumentTypeError);
  expect(() => new Loose(2, "prefix")).toThrow('got 1 more argument(s): "prefix" (string)');
});

describe("calls of a ThreadPoolExecutor", () => {
  test("start in the order submitted, at most maxWorkers at a time", async () => {
    await using pool = new ThreadPoolExecutor(2);
    const gate = new Latch();
    const begun: number[] = [];
    const calls = [0, 1, 2, 3].map((at) =>
      pool.submit(async () => {
        begun.push(at);
        await gate.opened;
      }),
    );
    await turn();
    expect(begun).toEqual([0, 1]);
    expect(calls.map((call) => call.running())).toEqual([true, true, false, false]);
    expect(pool.stats()).toMatchObject({ running: 2, pending: 2 });
    gate.open();
    await Promise.all(calls);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  test("never begin within submit", () => {
    const pool = new ThreadPoolExecutor(1);
    let begun = false;
    pool.submit(() => {
      begun = true;
    });
    expect(begun).toBe(false);
  });

  test("of higher priority run sooner", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const order: string[] = [];
    pool.submit(() => order.push("first"));
    for (const [name, priority] of [
      ["low", -1],
      ["normal", 0],
      ["high", 9],
    ] as const)
      pool.withOptions({ priority }).submit(() => order.push(name));
    await pool.shutdown();
    expect(order).toEqual(["high", "first", "normal", "low"]);
  });

  test("are called as they are: with captured variables, and the very arguments", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const argument = {};
    expect(await pool.submit((given: object) => given === argument, argument)).toBe(true);
  });

  test("that give a thenable are awaited", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const thenable = { then: (resolve: (value: number) => void) => resolve(5) };
    expect(await pool.submit(() => thenable as unknown as Promise<number>)).toBe(5);
  });

  test("know their name, their worker and their signal", async () => {
    await using pool = new ThreadPoolExecutor(1);
    async function named() {
      await turn();
      const { name, workerId, cancelled, signal } = currentTask() ?? {};
      return { name, workerId, cancelled, aborted: signal?.aborted };
    }
    const known = { workerId: 1, cancelled: false, aborted: false };
    expect(await pool.submit(named)).toEqual({ name: "named", ...known });
    expect(await pool.withOptions({ name: "given" }).submit(named)).toEqual({ name: "given", ...known });
    expect(currentTask()).toBeUndefined();
  });

  test("that are cancelled before they begin never run", async () => {
    await using pool = new ThreadPoolExecutor(1);
    let ran = false;
    const call = pool.submit(() => {
      ran = true;
    });
    expect(call.cancel()).toBe(true);
    await pool.shutdown();
    expect(ran).toBe(false);
  });

  test("refuse resultSync, which would wait for this very thread", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const call = pool.submit(() => 1);
    expect(() => call.resultSync()).toThrow(RuntimeError);
    expect(await call).toBe(1);
    expect(call.resultSync()).toBe(1);
  });
});

describe("stopping calls of a ThreadPoolExecutor", () => {
  test("cancel by force aborts the signal, settles the future and frees the slot", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const begun = new Latch();
    let signal: AbortSignal | undefined;
    const call = pool.submit(async () => {
      signal = currentTask()?.signal;
      begun.open();
      await new Promise(() => {});
    });
    await begun.opened;
    expect(call.cancel()).toBe(false);
    expect(call.cancel({ force: true, reason: "enough" })).toBe(true);
    expect(call.cancelled()).toBe(true);
    expect([signal?.aborted, signal?.reason]).toEqual([true, "enough"]);
    expect(await rejection(call)).toBeInstanceOf(CancelledError);
    expect(await pool.submit(() => "the slot is free")).toBe("the slot is free");
  });

  test("a timeout counts from the start, fails the future, aborts the signal and frees the slot", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const limited = pool.withOptions({ timeout: 30 });
    const gate = new Latch();
    const before = pool.submit(() => gate.opened);
    let cancelled: boolean | undefined;
    const quick = limited.submit(() => "in time");
    const stuck = limited.submit(
      () =>
        new Promise((resolve) => {
          const task = currentTask();
          task?.signal.addEventListener("abort", () => {
            cancelled = task.cancelled;
            resolve("too late");
          });
        }),
    );
    // biome-ignore lint/style/noRestrictedGlobals: that a timeout does not run yet can only be told after it would have.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(stuck.done()).toBe(false);
    gate.open();
    expect(await quick).toBe("in time");
    const error = (await rejection(stuck)) as TimeoutError;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain("30 ms");
    expect(cancelled).toBe(true);
    expect(stuck.cancelled()).toBe(false);
    await before;
  });

  test("aborting a signal stops what runs and what waits", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const controller = new AbortController();
    const view = pool.withOptions({ signal: controller.signal });
    const begun = new Latch();
    const running = view.submit(() => {
      begun.open();
      return new Promise(() => {});
    });
    const waiting = view.submit(() => 1);
    await begun.opened;
    controller.abort();
    expect([running.cancelled(), waiting.cancelled()]).toEqual([true, true]);
  });

  test("nobody waits for an abandoned call, shutdown neither", async () => {
    const pool = new ThreadPoolExecutor(1);
    const begun = new Latch();
    const call = pool.submit(() => {
      begun.open();
      return new Promise(() => {});
    });
    await begun.opened;
    call.cancel({ force: true });
    await pool.shutdown();
  });
});

describe("shutting a ThreadPoolExecutor down", () => {
  test("runs what is queued, and may be called twice", async () => {
    const pool = new ThreadPoolExecutor(1);
    const calls = [1, 2, 3].map((at) => pool.submit(async () => at));
    await Promise.all([pool.shutdown(), pool.shutdown()]);
    expect(calls.every((call) => call.done())).toBe(true);
    await pool.shutdown();
  });

  test("without waiting resolves at once; the work is done all the same", async () => {
    const pool = new ThreadPoolExecutor(1);
    const gate = new Latch();
    const call = pool.submit(() => gate.opened);
    await pool.shutdown({ wait: false });
    expect(call.done()).toBe(false);
    gate.open();
    await call;
  });

  test("cancelFutures cancels what has not begun", async () => {
    const pool = new ThreadPoolExecutor(1);
    const gate = new Latch();
    const calls = [0, 1, 2].map(() => pool.submit(() => gate.opened));
    await turn();
    const over = pool.shutdown({ cancelFutures: true });
    gate.open();
    await over;
    expect(calls.map((call) => call.cancelled())).toEqual([false, true, true]);
  });
});

describe("the initializer of a ThreadPoolExecutor", () => {
  test("runs once for each slot that is used, before its first call", async () => {
    const order: string[] = [];
    await using pool = new ThreadPoolExecutor({
      maxWorkers: 2,
      initializer: async (text: string) => void order.push(text),
      initargs: ["init"],
    });
    for (let call = 0; call < 3; call++) await pool.submit(() => order.push("call"));
    expect(order).toEqual(["init", "call", "call", "call"]);
    await Promise.all([pool.submit(turn), pool.submit(turn)]);
    expect(order.filter((text) => text === "init")).toHaveLength(2);
  });

  test("that fails breaks the pool: each call has an error of its own, with the cause", async () => {
    const cause = new Error("no licence");
    await using pool = new ThreadPoolExecutor({
      maxWorkers: 1,
      initializer: () => {
        throw cause;
      },
    });
    const errors = await Promise.all([pool.submit(turn), pool.submit(turn)].map(rejection));
    for (const error of errors) {
      expect(error).toBeInstanceOf(BrokenThreadPool);
      expect((error as Error).cause).toBe(cause);
    }
    expect(errors[0]).not.toBe(errors[1]);
    expect(() => pool.submit(turn)).toThrow(BrokenThreadPool);
    await pool.shutdown();
    expect(() => pool.submit(turn)).toThrow(BrokenThreadPool);
  });
});

test("random calls, cancels and errors: each future settles once and rightly, each call runs at most once", async () => {
  const plan = fc.record({
    kind: fc.constantFrom("value", "later", "throws", "rejects"),
    cancel: fc.constantFrom("no", "no", "gently", "by force"),
    turns: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      async (plans, workers) => {
        const pool = new ThreadPoolExecutor(workers);
        const runs = plans.map(() => 0);
        const settled = plans.map(() => 0);
        let running = 0;
        let most = 0;
        const calls = plans.map(({ kind, turns }, at) => {
          const call = pool.submit((): number | Promise<number> => {
            runs[at] = (runs[at] ?? 0) + 1;
            if (kind === "value") return at;
            if (kind === "throws") throw new Error(`call ${at}`);
            most = Math.max(most, ++running);
            return (async () => {
              for (let count = 0; count < turns; count++) await turn();
              running--;
              if (kind === "rejects") throw new Error(`call ${at}`);
              return at;
            })();
          });
          call.addDoneCallback(() => {
            settled[at] = (settled[at] ?? 0) + 1;
          });
          return call;
        });
        await turn();
        const agreed = plans.map(({ cancel }, at) =>
          cancel === "no" ? false : calls[at]?.cancel({ force: cancel === "by force" }),
        );
        await pool.shutdown();
        for (const [at, call] of calls.entries()) {
          expect(settled[at]).toBe(1);
          expect(runs[at]).toBeLessThanOrEqual(1);
          expect(call.cancelled()).toBe(agreed[at]);
          if (call.cancelled()) continue;
          if (plans[at]?.kind === "value" || plans[at]?.kind === "later") expect(await call).toBe(at);
          else expect(await call.exception()).toMatchObject({ message: `call ${at}` });
        }
        const forced = plans.filter(({ cancel }) => cancel === "by force").length;
        expect(most).toBeLessThanOrEqual(workers + forced);
      },
    ),
    { numRuns: 60 },
  );
});

describe("a result whose `then` is not a promise's", () => {
  const bad: readonly (readonly [string, RegExp, () => unknown])[] = [
    [
      "a getter that throws",
      /no then/,
      () => ({
        get then(): unknown {
          throw new Error("no then");
        },
      }),
    ],
    [
      "a method that throws",
      /then threw/,
      () => ({
        then(): void {
          throw new Error("then threw");
        },
      }),
    ],
  ];

  test.each(bad)("%s costs its own call only", async (_name, message, make) => {
    const executor = new ThreadPoolExecutor(1);
    const error = await executor.submit(make).exception(5_000);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(await executor.submit(() => 4)).toBe(4);
    await executor.shutdown();
  });
});

test.each([2 ** 31, 30 * 24 * 3_600_000, Number.MAX_VALUE, Number.POSITIVE_INFINITY])(
  "a call has its %p milliseconds",
  async (timeout) => {
    await using pool = new ThreadPoolExecutor(1);
    const gate = new Latch();
    const call = pool.withOptions({ timeout }).submit(() => gate.opened.then(() => "ok"));
    // Two timers of Node's: one that overflows is due before them.
    // biome-ignore lint/style/noRestrictedGlobals: timers of Node are what is tested.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    gate.open();
    expect(await call).toBe("ok");
  },
);
