import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool } from "@concurrent-futures/core";
import type { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterAll, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

/** Short calls are sent to worker processes before these are free for them, as to threads, and are still the pool's to take back. */

const folder = mkdtempSync(join(tmpdir(), "lending-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const begin = task(new URL("./fixtures/counted-begin.mjs", import.meta.url), "begin") as unknown as (
  file: string,
  id: number,
  fate: string,
) => unknown;

let file = "";
let files = 0;
beforeEach(() => {
  file = join(folder, String(files++));
});

const begun = (): number[] => {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

const sleepSync = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/** A pool of one process that knows the function as a short one. */
async function warm(): Promise<ProcessPoolExecutor> {
  const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
  for (let round = 0; round < 5; round++)
    await Promise.all(Array.from({ length: 50 }, () => executor.submit(begin, "/dev/null", 0, "number")));
  return executor;
}

test("a process runs calls one after the other while its pool is busy with something else", async () => {
  const executor = await warm();
  const futures = Array.from({ length: 40 }, (_, id) => executor.submit(begin, file, id, "number"));
  await new Promise((resolve) => setImmediate(resolve));
  // Nothing is sent, and nothing is taken in, while this thread sleeps. Some are kept here, for workers that become free.
  const end = performance.now() + 10_000;
  while (begun().length < 20 && performance.now() < end) sleepSync(5);
  expect(begun().length).toBeGreaterThanOrEqual(20);
  expect(await Promise.all(futures)).toEqual(Array.from({ length: 40 }, (_, id) => id));
});

test("of the calls that a process has, the one that runs says so, and the others can be cancelled and never run", async () => {
  const executor = await warm();
  const first = executor.submit(begin, file, 0, "number");
  const holding = executor.submit(work("spin"), 700);
  const others = Array.from({ length: 30 }, (_, id) => executor.submit(begin, file, id + 1, "number"));
  await until(() => holding.running());
  expect(others.some((future) => future.running())).toBe(false);
  expect(executor.stats()).toMatchObject({ running: 1, pending: 30 });
  expect(holding.cancel()).toBe(false);
  expect(others.filter((_, at) => at % 2 === 0).every((future) => future.cancel())).toBe(true);
  expect(await first).toBe(0);
  await holding;
  const kept = others.filter((_, at) => at % 2 === 1);
  expect(await Promise.all(kept)).toEqual(kept.map((_, at) => 2 * at + 2));
  expect(begun()).toEqual([0, ...kept.map((_, at) => 2 * at + 2)]);
});

test("a process that dies in the middle of a batch costs the call that it was in", async () => {
  const executor = await warm();
  const futures = Array.from({ length: 20 }, (_, id) =>
    executor.submit(begin, file, id, id === 7 ? "kill" : "number"),
  );
  const outcomes = await Promise.all(futures.map((future) => future.exception()));
  expect(outcomes.map((error) => error instanceof BrokenProcessPool)).toEqual(
    futures.map((_, id) => id === 7),
  );
  expect(begun().sort((a, b) => a - b)).toEqual(futures.map((_, id) => id));
});

test("every call runs once while short and long ones are mixed, stolen, and cancelled at random", async () => {
  const executor = pool({ maxWorkers: 2, mpContext: "spawn" });
  const futures = Array.from({ length: 3_000 }, (_, id) =>
    executor.submit(begin, file, id, id % 211 === 0 ? "wait" : "number"),
  );
  const cancelled = new Set<number>();
  for (let round = 0; round < 200; round++) {
    const id = Math.floor(Math.random() * futures.length);
    if (futures[id]?.cancel() === true) cancelled.add(id);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const values = await Promise.all(
    futures.map((future, id) => (cancelled.has(id) ? undefined : future.result(20_000))),
  );
  expect(values.filter((value, id) => value !== undefined && value !== id)).toEqual([]);
  expect(begun().sort((a, b) => a - b)).toEqual(
    futures.map((_, id) => id).filter((id) => !cancelled.has(id)),
  );
});
