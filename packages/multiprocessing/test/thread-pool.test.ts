// biome-ignore lint/style/noRestrictedImports: for calls that wait.
import { setTimeout as sleep } from "node:timers/promises";
import {
  ArgumentTypeError,
  BrokenThreadPool,
  CancelledError,
  currentTask,
  RuntimeError,
  ValueError,
} from "@concurrent-futures/core";
import { AsyncResult, MapResult, ThreadPool } from "@concurrent-futures/multiprocessing";
import { expect, test } from "@jest/globals";
import fc from "fast-check";

test("calls are functions as they are: closures see and change what is around them", async () => {
  await using pool = new ThreadPool(2);
  const seen: object[] = [];
  const value = { deep: new WeakMap() };
  expect(await pool.apply((one: object) => seen.push(one), [value])).toBe(1);
  expect(seen[0]).toBe(value);
});

test("at most as many calls as it has slots are in flight", async () => {
  await using pool = new ThreadPool(3);
  let running = 0;
  let most = 0;
  await pool.map(async () => {
    most = Math.max(most, ++running);
    await sleep(1);
    running--;
  }, Array(20));
  expect(most).toBe(3);
});

test("results come in the order of the input, whatever the order of completion", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (waits, n) => {
        await using pool = new ThreadPool(n);
        const work = async (turns: number): Promise<number> => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          return turns;
        };
        expect(await pool.map(work, waits)).toEqual(waits);
        const read: number[] = [];
        for await (const value of pool.imap(work, waits)) read.push(value);
        expect(read).toEqual(waits);
        const unordered: number[] = [];
        for await (const value of pool.imapUnordered(work, waits)) unordered.push(value);
        expect(unordered.sort()).toEqual([...waits].sort());
      },
    ),
    { numRuns: 30 },
  );
});

test("starmap and async inputs", async () => {
  await using pool = new ThreadPool(2);
  async function* rows(): AsyncGenerator<[number, number]> {
    yield [2, 3];
    yield [4, 2];
  }
  expect(await pool.starmap(Math.pow, rows())).toEqual([8, 16]);
  expect(await pool.starmap(Math.pow, [[2, 3]], 1)).toEqual([8]);
  expect(await pool.map((n: number) => n + 1, new Set([1, 2]))).toEqual([2, 3]);
});

test("a map waits for all its calls, then fails with the error that came first", async () => {
  await using pool = new ThreadPool(4);
  const ended: number[] = [];
  const result = pool.mapAsync(
    async (n: number) => {
      await sleep(n);
      ended.push(n);
      if (n < 20) throw new Error(`of ${n}`);
    },
    [30, 10, 1],
  );
  expect(result).toBeInstanceOf(MapResult);
  await expect(result.get()).rejects.toThrow("of 1");
  expect(ended).toEqual([1, 10, 30]);
  expect(result.successful()).toBe(false);
  expect(result.stats()).toMatchObject({ done: 1, failed: 2, total: 3 });
});

test.each(["imap", "imapUnordered"] as const)("%s goes on after a call that failed", async (method) => {
  await using pool = new ThreadPool(1);
  const results = pool[method](
    (n: number) => {
      if (n === 2) throw new Error("two");
      return n;
    },
    [1, 2, 3],
  );
  expect(await results.next()).toEqual({ done: false, value: 1 });
  await expect(results.next()).rejects.toThrow("two");
  expect(await results.next()).toEqual({ done: false, value: 3 });
  expect(await results.next()).toEqual({ done: true, value: undefined });
});

test("what the input throws ends a map and an imap", async () => {
  await using pool = new ThreadPool(1);
  const broken = function* (): Generator<number> {
    yield 1;
    throw new Error("no more");
  };
  expect(() => pool.mapAsync(Math.abs, broken())).toThrow("no more");
  const results = pool.imap(Math.abs, broken());
  expect((await results.next()).value).toBe(1);
  await expect(results.next()).rejects.toThrow("no more");
  const brokenLater = async function* (): AsyncGenerator<number> {
    yield* broken();
  };
  await expect(pool.map(Math.abs, brokenLater())).rejects.toThrow("no more");
});

test("imap reads an endless input as its results are taken, and lets it go when left", async () => {
  let closed = false;
  const endless = function* (): Generator<number> {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      closed = true;
    }
  };
  const pool = new ThreadPool(1);
  let read = 0;
  for await (const value of pool.imap((n: number) => n, endless())) {
    expect(value).toBe(read++);
    if (read === 600) break;
  }
  expect(closed).toBe(true);
  pool.close();
  await pool.join();
});

test("callbacks are given the result or the error", async () => {
  await using pool = new ThreadPool(1);
  const heard = await new Promise((callback) => void pool.applyAsync(Math.abs, [-1], { callback }));
  expect(heard).toBe(1);
  const failed = await new Promise((errorCallback) => {
    const fail = () => Promise.reject(new Error("no"));
    expect(pool.applyAsync(fail, [], { errorCallback })).toBeInstanceOf(AsyncResult);
  });
  expect(failed).toEqual(new Error("no"));
});

test("close refuses more, join waits for what there is", async () => {
  const pool = new ThreadPool(2);
  await expect(pool.join()).rejects.toThrow(ValueError);
  const results = pool.mapAsync((n: number) => sleep(1, n), [1, 2, 3, 4, 5]);
  pool.close();
  expect(() => pool.applyAsync(Math.random)).toThrow(ValueError);
  await pool.join();
  expect(results.stats()).toMatchObject({ done: 5, total: 5 });
  expect(await results.get()).toEqual([1, 2, 3, 4, 5]);
});

test("an imap whose input is still being read is read on after close", async () => {
  const pool = new ThreadPool(1);
  const inputs = (function* () {
    for (let n = 0; n < 1000; n++) yield n;
  })();
  const results = pool.imap((n: number) => n, inputs);
  pool.close();
  let sum = 0;
  for await (const value of results) sum += value;
  expect(sum).toBe(499_500);
  await pool.join();
});

test("terminate settles what waits and what runs, aborts its signal, and ends inputs", async () => {
  const pool = new ThreadPool(1);
  let signal: AbortSignal | undefined;
  const running = pool.applyAsync(() => {
    signal = currentTask()?.signal;
    return new Promise<never>(() => {});
  });
  const waiting = pool.applyAsync(Math.random);
  const map = pool.mapAsync(Math.abs, [1, 2]);
  const endless = (function* () {
    for (;;) yield 1;
  })();
  const results = pool.imap(Math.abs, endless);
  await new Promise(setImmediate);
  pool.terminate();
  await pool.join();
  expect(signal?.aborted).toBe(true);
  for (const result of [running, waiting, map]) await expect(result.get()).rejects.toThrow(CancelledError);
  await expect(
    (async () => {
      for (;;)
        await results.next().catch((error: unknown) => {
          if (!(error instanceof CancelledError)) throw error;
        });
    })(),
  ).rejects.toThrow(RuntimeError);
});

test("an async map that is terminated ends with an error", async () => {
  const pool = new ThreadPool(1);
  async function* endless(): AsyncGenerator<number> {
    for (;;) {
      await new Promise(setImmediate);
      yield 1;
    }
  }
  const result = pool.mapAsync(Math.abs, endless());
  await new Promise(setImmediate);
  pool.terminate();
  await expect(result.get()).rejects.toThrow(Error);
  await pool.join();
});

test("the initializer runs once for each slot; one that fails fails every result", async () => {
  const inits: string[] = [];
  await using pool = new ThreadPool({
    processes: 2,
    initializer: (name: string) => inits.push(name),
    initargs: ["a"],
  });
  await pool.map(() => sleep(1), [1, 2, 3, 4]);
  expect(inits).toEqual(["a", "a"]);
  const initializer = (): never => {
    throw new Error("no model");
  };
  await using broken = new ThreadPool({ processes: 1, initializer });
  await expect(broken.map(Math.abs, [1, 2])).rejects.toThrow(BrokenThreadPool);
});

test("what would block throws, and runs nothing", async () => {
  await using pool = new ThreadPool(1);
  let calls = 0;
  const call = (): number => calls++;
  expect(() => (pool.applySync as Function)(call)).toThrow(RuntimeError);
  expect(() => (pool.mapSync as Function)(call, [1])).toThrow(RuntimeError);
  expect(() => (pool.starmapSync as Function)(call, [[1]])).toThrow(RuntimeError);
  expect(calls).toBe(0);
  expect(() => pool.mapAsync(call, [1]).getSync()).toThrow(RuntimeError);
  expect(() => pool.applyAsync(call).getSync()).toThrow(RuntimeError);
});

test("it is made without new, counts, and checks its options", async () => {
  const pool = ThreadPool(3);
  expect(pool).toBeInstanceOf(ThreadPool);
  expect(String(pool)).toBe("<ThreadPool state=RUN pool_size=3>");
  await pool.map(Math.abs, [1, 2]);
  expect(pool.stats()).toMatchObject({ done: 2 });
  pool.terminate();
  expect(() => new ThreadPool(0)).toThrow(ValueError);
  expect(() => new ThreadPool({ maxtasksperchild: 1 } as never)).toThrow(ValueError);
  expect(() => new (ThreadPool as never as new (...a: unknown[]) => unknown)(1, Math.abs)).toThrow(
    ArgumentTypeError,
  );
});
