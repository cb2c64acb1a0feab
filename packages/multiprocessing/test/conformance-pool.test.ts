import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, SerializationError, ValueError } from "@concurrent-futures/core";
import {
  MaybeEncodingError,
  Pool,
  type PoolOptions,
  ProcessError,
  TimeoutError,
} from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, jest, test } from "@jest/globals";

type Fn = (...args: unknown[]) => unknown;
const work = (name: string): Fn =>
  task(new URL("./fixtures/pool-work.mjs", import.meta.url), name) as unknown as Fn;
const sqr = work("sqr") as (x: number) => number;
const range = (length: number) => Array.from({ length }, (_, at) => at);

const open: Pool[] = [];
const makePool = (options: PoolOptions): Pool => {
  const pool = new Pool(options);
  open.push(pool);
  return pool;
};
afterEach(async () => {
  for (const pool of open.splice(0)) {
    pool.terminate();
    await pool.join();
  }
});

function* failingAfter(count: number): Generator<number> {
  for (let at = 0; at < count; at++) yield at;
  throw new RangeError("the input failed");
}

const all = async (input: AsyncIterable<unknown>): Promise<unknown[]> => {
  const values: unknown[] = [];
  for await (const value of input) values.push(value);
  return values;
};

for (const context of ["thread", "spawn"] as const) {
  const pool = (options: PoolOptions = {}) => makePool({ processes: 2, context, ...options });
  const named = (method: string, text: string) => `${method} [${context}]: ${text}`;

  describe("_TestPool", () => {
    test(named("test_apply", "the result of one call"), async () => {
      expect(await pool().apply(sqr, [5])).toBe(25);
    });
    test(named("test_map", "results in order, with and without chunks"), async () => {
      const one = pool();
      expect(await one.map(sqr, range(10))).toEqual(range(10).map((x) => x * x));
      expect(await one.map(sqr, range(100), 20)).toEqual(range(100).map((x) => x * x));
    });
    test(named("test_starmap", "argument tuples are unpacked"), async () => {
      const tuples = range(100).map((x) => [x, x + 1]);
      expect(await pool().starmap(work("mul"), tuples, 20)).toEqual(
        tuples.map(([x, y]) => (x as number) * (y as number)),
      );
    });
    test(named("test_starmap_async", "get() equals starmap"), async () => {
      const tuples = range(50).map((x) => [x, 2]);
      expect(await pool().starmapAsync(work("mul"), tuples).get(10_000)).toEqual(
        tuples.map(([x]) => (x as number) * 2),
      );
    });
    test(named("test_map_async", "get() equals map"), async () => {
      expect(await pool().mapAsync(sqr, range(10)).get(10_000)).toEqual(range(10).map((x) => x * x));
    });
    test(
      named("test_map_async_callbacks", "callback has the whole list, errorCallback the error"),
      async () => {
        const one = pool();
        const results: unknown[] = [];
        const good = one.mapAsync(sqr, [3], { callback: (value) => results.push(value) });
        await good.wait();
        const bad = one.mapAsync(work("raising"), [3], { errorCallback: (error) => results.push(error) });
        await bad.wait();
        await new Promise((resolve) => setImmediate(resolve));
        expect(results[0]).toEqual([9]);
        expect((results[1] as Error).message).toBe("key");
      },
    );
    test(
      named("test_map_unplicklable", "an element that cannot be sent raises and does not hang"),
      async () => {
        await expect(pool().map(work("sqr"), [process.stdout])).rejects.toMatchObject({
          name: expect.stringMatching(/Error/),
        });
      },
    );
    test(named("test_map_chunksize", "an empty list with a chunksize does not stall"), async () => {
      expect(await pool().mapAsync(sqr, [], { chunksize: 1 }).get(5_000)).toEqual([]);
    });
    test(named("test_map_handle_iterable_exception", "an error of the input is raised by map"), async () => {
      const one = pool();
      await expect((async () => one.map(sqr, failingAfter(1)))()).rejects.toThrow("the input failed");
      await expect((async () => one.map(sqr, failingAfter(10), 2))()).rejects.toThrow("the input failed");
    });
    test(named("test_async", "get returns after the call's own time"), async () => {
      expect(await pool().applyAsync(work("sqrLater"), [7, 30]).get()).toBe(49);
    });
    test(named("test_async_timeout", "get(timeout) raises multiprocessing's TimeoutError"), async () => {
      const result = pool().applyAsync(work("sqrLater"), [6, 300]);
      await expect(result.get(10)).rejects.toBeInstanceOf(TimeoutError);
      await expect(result.get(0)).rejects.toBeInstanceOf(ProcessError);
    });
    test(named("test_imap", "order, the end, and chunks"), async () => {
      const one = pool();
      expect(await all(one.imap(sqr, range(10)))).toEqual(range(10).map((x) => x * x));
      const steps = one.imap(sqr, range(3));
      for (const x of range(3)) expect(await steps.next()).toEqual({ done: false, value: x * x });
      expect(await steps.next()).toEqual({ done: true, value: undefined });
      expect(await all(one.imap(sqr, range(1_000), 100))).toEqual(range(1_000).map((x) => x * x));
    });
    test(named("test_imap_handle_iterable_exception", "results first, then the input's error"), async () => {
      const one = pool();
      await expect((async () => all(one.imap(sqr, failingAfter(0))))()).rejects.toThrow("the input failed");
      const steps = one.imap(sqr, failingAfter(3), 1);
      for (const x of range(3)) expect(await steps.next()).toEqual({ done: false, value: x * x });
      await expect(steps.next()).rejects.toThrow("the input failed");
    });
    test(named("test_imap_unordered", "the same results in any order"), async () => {
      const values = (await all(pool().imapUnordered(sqr, range(100), 10))) as number[];
      expect(values.sort((a, b) => a - b)).toEqual(range(100).map((x) => x * x));
    });
    test(
      named("test_imap_unordered_handle_iterable_exception", "the error comes, results before it are right"),
      async () => {
        const steps = pool().imapUnordered(sqr, failingAfter(5));
        const seen: unknown[] = [];
        await expect(
          (async () => {
            for await (const value of steps) seen.push(value);
          })(),
        ).rejects.toThrow("the input failed");
        for (const value of seen) expect(range(5).map((x) => x * x)).toContain(value);
      },
    );
    test(named("test_make_pool", "at least one worker, all of them at once"), () => {
      expect(() => new Pool({ processes: -1, context })).toThrow(ValueError);
      expect(() => new Pool({ processes: 0, context })).toThrow(/Number of processes must be at least 1/);
      expect(String(pool({ processes: 3 }))).toContain("pool_size=3");
    });
    test(
      named("test_terminate", "returns promptly with ten thousand sleeps queued, and settles them"),
      async () => {
        const one = pool();
        const result = one.mapAsync(
          work("sleep"),
          range(10_000).map(() => 60_000),
          { chunksize: 1 },
        );
        one.terminate();
        await one.join();
        await expect(result.get(1_000)).rejects.toMatchObject({
          name: expect.stringMatching(/CancelledError|BrokenProcessPool/),
        });
      },
    );
    test(named("test_empty_iterable", "nothing in, nothing out"), async () => {
      const one = pool();
      expect(await one.map(sqr, [])).toEqual([]);
      expect(await all(one.imap(sqr, []))).toEqual([]);
      expect(await all(one.imapUnordered(sqr, []))).toEqual([]);
      expect(await one.mapAsync(sqr, []).get()).toEqual([]);
    });
    test(named("test_context", "leaving the block terminates; afterwards nothing is taken"), async () => {
      let left: Pool;
      {
        await using one = new Pool({ processes: 2, context });
        left = one;
        expect(await one.map(sqr, range(10))).toEqual(range(10).map((x) => x * x));
      }
      expect(() => left.mapAsync(sqr, range(10))).toThrow(ValueError);
    });
    test(
      named("test_traceback", "the worker's frames are in the stack; an error of the input has none"),
      async () => {
        const error = (await pool()
          .apply(work("raising"))
          .catch((caught: unknown) => caught)) as Error;
        expect(error).toBeInstanceOf(RangeError);
        expect(error.stack).toContain("pool-work.mjs");
      },
    );
    test(named("test_map_no_failfast", "waits for all before it raises the first error"), async () => {
      const one = pool();
      const slow = one.mapAsync(work("sqrLater") as never, [0], { chunksize: 1 });
      await slow.wait();
      const marks: string[] = [];
      const last = one.applyAsync(work("sleep"), [50, "slept"], { callback: () => marks.push("slept") });
      await expect(one.map(work("failOdd"), range(50), 1)).rejects.toThrow(/odd/);
      await last.wait();
      expect(marks).toEqual(["slept"]);
    });
    test(named("test_enter", "a terminated pool takes nothing"), async () => {
      const one = pool();
      one.terminate();
      await one.join();
      expect(() => one.applyAsync(sqr, [1])).toThrow("Pool not running");
    });
  });

  describe("_TestPoolWorkerErrors", () => {
    test(named("test_async_error_callback", "errorCallback has the error and get() raises it"), async () => {
      const seen: unknown[] = [];
      const result = pool().applyAsync(work("raising"), [], { errorCallback: (error) => seen.push(error) });
      await expect(result.get()).rejects.toThrow("key");
      expect(seen).toHaveLength(1);
      expect(result.successful()).toBe(false);
    });
    test(
      named("test_unpickleable_result", "a MaybeEncodingError for each, and the pool survives twenty"),
      async () => {
        const one = pool();
        for (const _ of range(20))
          await expect(one.apply(work("unpicklable"))).rejects.toBeInstanceOf(MaybeEncodingError);
        expect(await one.apply(sqr, [3])).toBe(9);
      },
    );
  });

  describe("_TestPoolWorkerLifetime", () => {
    test(
      named("test_pool_worker_lifetime", "a hundred calls with ten for each worker: right, by many workers"),
      async () => {
        const one = pool({ processes: 3, maxtasksperchild: 10 });
        const workers = new Set(await Promise.all(range(100).map(() => one.apply(work("whoAmI")))));
        expect(workers.size).toBeGreaterThanOrEqual(10);
      },
    );
    test(
      named("test_pool_worker_lifetime_early_close", "close and join while workers are replaced do not hang"),
      async () => {
        const one = pool({ processes: 3, maxtasksperchild: 1 });
        const results = range(6).map((x) => one.applyAsync(work("sqrLater"), [x, 10]));
        one.close();
        await one.join();
        expect(await Promise.all(results.map((result) => result.get()))).toEqual(range(6).map((x) => x * x));
      },
    );
    test(named("test_pool_maxtasksperchild_invalid", "0, -1, 0.5 and text are refused"), () => {
      for (const value of [0, -1, 0.5, "12"]) {
        expect(() => new Pool({ processes: 3, context, maxtasksperchild: value as number })).toThrow(
          ValueError,
        );
      }
    });
    test(
      named(
        "test_worker_finalization_via_atexit_handler_of_multiprocessing",
        "a program that keeps a pool exits with 0",
      ),
      async () => {
        const program = fileURLToPath(new URL("./fixtures/keeps-a-pool.mjs", import.meta.url));
        const { stdout } = await promisify(execFile)(process.execPath, [program, context], {
          timeout: 20_000,
        });
        expect(stdout.trim()).toBe("[0,1,4]");
      },
    );
  });

  describe("TestInitializers", () => {
    test(
      named("test_pool_initializer", "what is no function is a TypeError; else it runs in each worker"),
      async () => {
        expect(() => new Pool({ processes: 1, context, initializer: 1 as never })).toThrow(TypeError);
        const one = pool({ processes: 1, initializer: work("initialize") as never, initargs: [42] as never });
        expect(await one.apply(work("initializedWith"))).toBe(42);
      },
    );
  });

  describe("MiscTestCase", () => {
    test(named("test_large_pool", "a pool of many workers maps a thousand numbers"), async () => {
      const one = pool({ processes: context === "thread" ? 20 : 6 });
      const squares = await one.map(sqr, range(1_000));
      expect(squares.reduce((sum, value) => sum + value, 0)).toBe(332_833_500);
    });
  });

  describe(`a Pool's bad days, ${context}`, () => {
    test("a worker that dies settles its call with an error, where CPython hangs", async () => {
      const one = pool();
      await expect(one.apply(work("exit"), [3])).rejects.toBeInstanceOf(BrokenProcessPool);
      expect(await one.apply(sqr, [4])).toBe(16);
    });
    test("an initializer that fails settles every call, where CPython respawns for ever", async () => {
      const one = pool({ initializer: work("raising") as never });
      await expect((async () => one.apply(sqr, [4]))()).rejects.toBeInstanceOf(BrokenProcessPool);
    });
    test("a callback that throws is reported, and the pool goes on, where CPython's dies", async () => {
      const one = pool();
      const warn = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
      const result = one.applyAsync(sqr, [4], {
        callback: () => {
          throw new Error("from the callback");
        },
      });
      expect(await result.get()).toBe(16);
      await new Promise((resolve) => setImmediate(resolve));
      expect(warn.mock.calls.flat().join()).toContain("from the callback");
      warn.mockRestore();
      expect(await one.apply(sqr, [5])).toBe(25);
    });
    test("the blocking twins work, also as the first thing of a cold pool", () => {
      const one = pool();
      expect(one.applySync(sqr, [5])).toBe(25);
      expect(one.mapSync(sqr, range(100))).toEqual(range(100).map((x) => x * x));
      expect(
        one.starmapSync(work("mul"), [
          [2, 3],
          [4, 5],
        ]),
      ).toEqual([6, 20]);
      expect(() => one.applySync(work("raising"))).toThrow("key");
    });
    test("join before close, ready and successful before the end, and wrong arguments are refused", async () => {
      const one = pool();
      await expect(one.join()).rejects.toThrow("Pool is still running");
      const result = one.applyAsync(work("sleep"), [50]);
      expect(result.ready()).toBe(false);
      expect(() => result.successful()).toThrow(ValueError);
      await result.wait();
      expect(result.successful()).toBe(true);
      expect(() => one.imap(sqr, [1], 0)).toThrow(ValueError);
      expect(() => one.mapAsync(sqr, [1], { chunksize: 0 })).toThrow(ValueError);
      expect(() => one.applyAsync(7 as never)).toThrow(TypeError);
      expect(() => one.mapAsync(sqr, 7 as never)).toThrow(TypeError);
    });
    test("imap over an endless input reads it no further than a window ahead, and leaving it stops", async () => {
      const one = pool();
      let pulled = 0;
      function* endless(): Generator<number> {
        for (;;) yield pulled++;
      }
      let read = 0;
      for await (const _ of one.imap(sqr, endless())) if (++read === 5_000) break;
      expect(pulled).toBeLessThan(5_000 + 1_025);
    });
    test("a step of imap that ran out of time loses nothing", async () => {
      const steps = pool().imap(work("sleep") as (x: number) => unknown, [150]);
      await expect(steps.next(10)).rejects.toBeInstanceOf(TimeoutError);
      expect(await steps.next()).toMatchObject({ done: false });
    });
    test("imap goes on after an error", async () => {
      const steps = pool().imap(work("failOdd") as (x: number) => unknown, [0, 1, 2]);
      expect(await steps.next()).toEqual({ done: false, value: 0 });
      await expect(steps.next()).rejects.toThrow("odd 1");
      expect(await steps.next()).toEqual({ done: false, value: 2 });
    });
    test("a pool cannot be passed to a worker", () => {
      const one = pool();
      expect(() => one.applyAsync(sqr, [one as never])).toThrow(SerializationError);
    });
  });
}
