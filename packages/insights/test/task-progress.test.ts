import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asCompleted, currentTask, type Executor } from "@concurrent-futures/core";
import { progress } from "@concurrent-futures/insights/progress";
import { Pool } from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import {
  reportAndBlock,
  reportAndDie,
  reportAndWait,
  reportWrongly,
  waitAndReport,
} from "./fixtures/work.mjs";
import { Terminal } from "./support/terminal.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "task-progress-"));
  file = join(folder, "go");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kinds = ["thread", "spawn"] as const;

describe("currentTask().reportProgress", () => {
  test.each(kinds)("moves the bar of a map whose calls block %s workers", async (mpContext) => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
    const stream = new Terminal();
    const map = pool.map(reportAndBlock, [file, file], [1, 2], [4, 4]);
    progress(map, { stream, mode: "bar", interval: 10 });
    await until(() => map.underWay() === 0.75);
    await until(() => stream.screen[0]?.includes("0/2 37 %") === true);
    expect(map.stats()).toEqual({ done: 0, failed: 0, read: 0, total: 2 });
    writeFileSync(file, "");
    expect(await map.toArray()).toEqual([1, 2]);
    expect(map.underWay()).toBe(0);
    expect(stream.screen[0]).toContain("2/2 100 %");
  });

  test.each(kinds)("counts among futures, until the call has ended, on %s workers", async (mpContext) => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    const futures = [pool.submit(reportAndBlock, file, 1, 2), pool.submit(reportAndBlock, file, 0, 1)];
    const completed = asCompleted(futures);
    const others = asCompleted([pool.submit(reportAndBlock, file, 0, 1)]);
    await until(() => completed.underWay() === 0.5);
    expect(others.underWay()).toBe(0);
    writeFileSync(file, "");
    await Promise.all(futures);
    expect(completed.underWay()).toBe(0);
  });

  test.each(kinds)("is kept for each call of several on one %s worker", async (mpContext) => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, tasksPerWorker: 4, mpContext });
    const map = pool.map(reportAndWait, [file, file, file], [1, 2, 3], [4, 4, 4], { chunksize: 3 });
    const waiting = pool.submit(waitAndReport, file, 1, 2);
    const completed = asCompleted([waiting]);
    await until(() => map.underWay() === 1.5);
    await until(() => completed.underWay() === 0.5);
    writeFileSync(file, "");
    expect(await map.toArray()).toEqual([1, 2, 3]);
    await waiting;
    expect([map.underWay(), completed.underWay()]).toEqual([0, 0]);
  });

  test.each(kinds)(
    "is forgotten with a call beside others that is stopped on a %s worker",
    async (mpContext) => {
      await using pool = new ProcessPoolExecutor({ maxWorkers: 1, tasksPerWorker: 3, mpContext });
      const [stopped, neighbour] = [
        pool.submit(reportAndWait, file, 1, 2),
        pool.submit(reportAndWait, file, 1, 4),
      ];
      const completed = asCompleted([stopped, neighbour]);
      await until(() => completed.underWay() === 0.75);
      expect(stopped.cancel({ force: true })).toBe(true);
      await stopped.exception().catch(() => {});
      expect(completed.underWay()).toBe(0.25);
      writeFileSync(file, "");
      expect(await neighbour).toBe(1);
      expect(completed.underWay()).toBe(0);
    },
  );

  test("is forgotten with a worker that dies", async () => {
    await using pool = new ProcessPoolExecutor(1);
    const future = pool.submit(reportAndDie);
    const completed = asCompleted([future]);
    await future.exception();
    expect(completed.underWay()).toBe(0);
  });

  test("moves the bar over what imap and mapAsync give", async () => {
    await using pool = new Pool(1);
    const row: [string, number, number] = [file, 1, 2];
    const results = pool.imap((one: [string, number, number]) => reportAndBlock(...one), [row]);
    await until(() => results.underWay() === 0.5);
    writeFileSync(file, "");
    await results.next();
    rmSync(file);
    const all = pool.mapAsync((one: [string, number, number]) => reportAndBlock(...one), [row]);
    await until(() => all.underWay() === 0.5);
    writeFileSync(file, "");
    expect(await all.get()).toEqual([1]);
  });

  test("works on this event loop, and never adds up to more than what runs", async () => {
    await using pool = new ThreadPoolExecutor(2);
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const map = pool.map(
      async (done: number) => {
        currentTask()?.reportProgress(0, 10);
        currentTask()?.reportProgress(done, 10);
        await gate;
      },
      [5, 50, 7],
    );
    await until(() => map.underWay() === 1.5);
    go();
    await map.toArray();
    expect(map.underWay()).toBe(0);
  });

  test.each([
    [-1, 10],
    [Number.NaN, 10],
    [1, Number.POSITIVE_INFINITY],
    ["1" as never, 10],
    [1, null as never],
  ])("refuses %p of %p", async (done, total) => {
    await using threads: Executor = new ThreadPoolExecutor(1);
    await using pool: Executor = new ProcessPoolExecutor(1);
    for (const executor of [threads, pool])
      expect(String(await executor.submit(reportWrongly, done, total).exception())).toMatch(/`(done|total)`/);
  });

  test("says nothing without a total", async () => {
    await using pool = new ProcessPoolExecutor(1);
    const future = pool.submit(reportWrongly, 5);
    expect(await future).toBeUndefined();
  });
});
