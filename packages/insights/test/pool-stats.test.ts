import type { PoolStats, PoolStatsOptions, WorkerStats } from "@concurrent-futures/core/pool-stats";
import { Pool } from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { describe, expect, test } from "@jest/globals";
import { exit, failing, nap, spin, square } from "./fixtures/work.mjs";

/** What the three pools have in common here. */
interface Subject {
  call(fn: (...args: never[]) => unknown, ...args: unknown[]): Promise<unknown>;
  stats(options?: PoolStatsOptions): PoolStats;
  end(): Promise<void>;
}

const slow = nap as (milliseconds: number) => Promise<void>;

const subjects: Record<string, (initializer?: () => unknown) => Subject> = {
  ThreadPoolExecutor(initializer) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 2, ...(initializer && { initializer }) });
    return {
      call: (fn, ...args) => pool.submit(fn as () => unknown, ...(args as [])).result(),
      stats: (options) => pool.stats(options),
      end: () => pool.shutdown(),
    };
  },
  "ProcessPoolExecutor on threads": (initializer) => processPool("thread", initializer),
  "ProcessPoolExecutor on processes": (initializer) => processPool("spawn", initializer),
  Pool(initializer) {
    const pool = new Pool({ processes: 2, ...(initializer && { initializer }) });
    return {
      call: (fn, ...args) => pool.apply(fn as () => unknown, args as []),
      stats: (options) => pool.stats(options),
      async end() {
        pool.close();
        await pool.join();
      },
    };
  },
};

function processPool(mpContext: "thread" | "spawn", initializer?: () => unknown): Subject {
  const pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext, ...(initializer && { initializer }) });
  return {
    call: (fn, ...args) => pool.submit(fn as () => unknown, ...(args as [])).result(),
    stats: (options) => pool.stats(options),
    end: () => pool.shutdown(),
  };
}

/** What a pool says when its workers have reported so many calls: a result may be there before its worker's report. */
async function whenCounted(pool: Pick<Subject, "stats">, calls: number): Promise<PoolStats> {
  const end = performance.now() + 10_000;
  while (sum(pool.stats().byWorker).calls < calls && performance.now() < end) await slow(1);
  return pool.stats();
}

const life = ({ start, init, work, wait, exit: leaving }: WorkerStats): number =>
  start + init + work + wait + leaving;

const sum = (stats: readonly { readonly calls: number; readonly failed: number }[]) => ({
  calls: stats.reduce((all, { calls }) => all + calls, 0),
  failed: stats.reduce((all, { failed }) => all + failed, 0),
});

describe.each(Object.keys(subjects))("stats() of a %s", (name) => {
  const make = subjects[name] as (typeof subjects)[string];

  test("counts calls by worker and by function, and both add up to the pool's", async () => {
    const pool = make();
    const calls: Promise<unknown>[] = [];
    for (let at = 0; at < 30; at++) calls.push(pool.call(square, at));
    for (let at = 0; at < 3; at++) calls.push(pool.call(failing).catch(() => {}));
    calls.push(pool.call(slow, 30));
    await Promise.all(calls);
    const stats = await whenCounted(pool, 34);
    expect(stats).toMatchObject({ done: 31, failed: 3, cancelled: 0, running: 0, pending: 0 });
    expect(sum(stats.byWorker)).toEqual({ calls: 34, failed: 3 });
    expect(sum(stats.byFunction)).toEqual({ calls: 34, failed: 3 });
    const byName = Object.fromEntries(stats.byFunction.map((one) => [one.name, one]));
    expect(byName["square"]).toMatchObject({ calls: 30, failed: 0, runTime: { count: 30 } });
    expect(byName["failing"]).toMatchObject({ calls: 3, failed: 3 });
    const { mean, p50, p99, max } = (byName["nap"] as PoolStats["byFunction"][number]).runTime;
    expect(mean).toBeGreaterThan(25);
    for (const value of [p50, p99]) expect(Math.abs(value - max)).toBeLessThan(max * 0.05);
    await pool.end();
  });

  test("gives each worker milliseconds that add up to its life, to the end of it", async () => {
    const before = performance.now();
    const pool = make(async () => {
      // biome-ignore lint/style/noRestrictedGlobals: an initializer whose time is measured.
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    await Promise.all([pool.call(slow, 50), pool.call(slow, 50)]);
    const { byWorker } = await whenCounted(pool, 2);
    expect(byWorker.length).toBeGreaterThan(0);
    for (const worker of byWorker) {
      for (const part of ["start", "init", "work", "wait", "exit"] as const)
        expect(worker[part]).toBeGreaterThanOrEqual(0);
      expect(life(worker)).toBeLessThanOrEqual(performance.now() - before);
    }
    const worked = byWorker.filter(({ calls }) => calls > 0);
    for (const { init } of worked) expect(init).toBeGreaterThan(15);
    expect(worked.reduce((all, { work }) => all + work, 0)).toBeGreaterThan(90);
    await pool.end();
    const ended = pool.stats().byWorker;
    expect(sum(ended).calls).toBe(2);
    expect(pool.stats().byWorker).toEqual(ended);
    for (const [at, worker] of ended.entries())
      expect(life(worker)).toBeGreaterThanOrEqual(life(byWorker[at] as WorkerStats));
  });

  test("with a window tells only of that", async () => {
    const pool = make();
    await pool.call(square, 1);
    await slow(60);
    const between = performance.now();
    await pool.call(failing).catch(() => {});
    await whenCounted(pool, 2);
    const window = performance.now() - between + 20;
    const stats = pool.stats({ window });
    expect(stats.byFunction.map(({ name: one }) => one)).toEqual(["failing"]);
    expect(sum(stats.byWorker)).toEqual({ calls: 1, failed: 1 });
    for (const worker of stats.byWorker) expect(life(worker)).toBeLessThanOrEqual(window + 0.001);
    expect(pool.stats({ window: 1e6 }).byFunction).toHaveLength(2);
    expect(() => pool.stats({ window: 0 })).toThrow("`window`");
    expect(() => pool.stats({ windows: 5 } as never)).toThrow();
    await pool.end();
  });
});

describe("stats() of workers that compute", () => {
  test("shows a running call as work, and what a dead worker did", async () => {
    const pool = new ProcessPoolExecutor(1);
    await pool.submit(square, 1);
    const running = pool.submit(spin, 150);
    await slow(80);
    const [worker] = pool.stats({ window: 50 }).byWorker;
    expect(worker?.work).toBeGreaterThan(35);
    await running;
    await pool.submit(exit).exception();
    await pool.submit(square, 2);
    const { byWorker, byFunction } = await whenCounted(pool, 4);
    expect(byWorker.map(({ workerId, calls, failed }) => ({ workerId, calls, failed }))).toEqual([
      { workerId: 1, calls: 3, failed: 1 },
      { workerId: 2, calls: 1, failed: 0 },
    ]);
    expect(byFunction.find(({ name }) => name === "exit")).toMatchObject({ calls: 1, failed: 1 });
    await pool.shutdown();
  });

  test.each(["thread", "spawn"] as const)(
    "shows the memory of %s workers, and their time",
    async (mpContext) => {
      const pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
      await pool.submit(spin, 50);
      while (pool.stats().byWorker[0]?.heap === undefined) await pool.submit(spin, 30);
      const [worker] = pool.stats().byWorker;
      expect(worker?.heap).toBeGreaterThan(1e6);
      expect(worker?.heap).toBeLessThan(1e9);
      expect(worker?.heapGrowth).toBeUndefined();
      if (mpContext === "spawn") expect(worker?.cpu).toBeGreaterThan(40);
      await pool.shutdown();
    },
  );

  test("counts a map's items once each, those that another worker took over included", async () => {
    const pool = new ProcessPoolExecutor(2);
    await pool
      .map(
        square,
        Array.from({ length: 20_000 }, (_, at) => at),
      )
      .toArray();
    await pool
      .map(
        spin,
        Array.from({ length: 40 }, (_, at) => at % 7),
      )
      .toArray();
    const { byWorker, byFunction } = await whenCounted(pool, 20_040);
    expect(sum(byWorker)).toEqual({ calls: 20_040, failed: 0 });
    expect(Object.fromEntries(byFunction.map((one) => [one.name, one.calls]))).toEqual({
      square: 20_000,
      spin: 40,
    });
    await pool.shutdown();
  });
});
