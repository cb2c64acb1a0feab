import { task } from "@concurrent-futures/callable";
import type { MapEnd } from "@concurrent-futures/core";
import { Pool, type PoolOptions } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

type Fn = (...args: unknown[]) => unknown;
const work = (name: string): Fn =>
  task(new URL("./fixtures/pool-work.mjs", import.meta.url), name) as unknown as Fn;
const failOdd = work("failOdd") as (x: number) => number;
const sqr = work("sqr") as (x: number) => number;

function* failingAfter(count: number): Generator<number> {
  for (let at = 0; at < count; at++) yield at;
  throw new RangeError("the input failed");
}

describe.each(["thread", "spawn"] as const)("the counts of a Pool's maps on %s workers", (context) => {
  const two: PoolOptions = { processes: 2, context };

  test("imap and imapUnordered go on after failures and end with every call counted", async () => {
    await using pool = new Pool(two);
    for (const results of [
      pool.imap(failOdd, [0, 1, 2, 3, 4], 2),
      pool.imapUnordered(failOdd, [0, 1, 2, 3, 4], 2),
    ]) {
      const ends: MapEnd[] = [];
      results.addDoneCallback((end) => ends.push(end));
      expect(results.stats()).toMatchObject({ read: 0, total: 5 });
      let read = 0;
      for (let over = false; !over; ) {
        try {
          over = (await results.next()).done === true;
        } catch {
          // A failed call takes its own step only.
        }
        if (!over) expect(results.stats().read).toBe(++read);
      }
      expect(results.stats()).toEqual({ done: 3, failed: 2, read: 5, total: 5 });
      expect(ends).toEqual(["done"]);
    }
  });

  test("an input that fails ends imap as failed, an early return as left", async () => {
    await using pool = new Pool(two);
    const ends: MapEnd[] = [];
    const failing = pool.imap(sqr, failingAfter(2));
    failing.addDoneCallback((end) => ends.push(end));
    await expect(
      (async () => {
        for await (const _ of failing);
      })(),
    ).rejects.toThrow("the input failed");
    const left = pool.imap(sqr, [1, 2, 3]);
    left.addDoneCallback((end) => ends.push(end));
    for await (const _ of left) break;
    expect(ends).toEqual(["failed", "left"]);
    expect(left.stats()).toMatchObject({ read: 1, total: 3 });
  });

  test("mapAsync and starmapAsync count while they run and keep the numbers", async () => {
    await using pool = new Pool(two);
    const good = pool.mapAsync(sqr, [1, 2, 3]);
    const bad = pool.starmapAsync(failOdd, [[1], [2], [3]]);
    expect(good.stats()).toMatchObject({ read: 0, total: 3 });
    const ends: MapEnd[] = [];
    await good.get();
    await bad.wait();
    good.addDoneCallback((end) => ends.push(end));
    bad.addDoneCallback((end) => ends.push(end));
    expect(good.stats()).toEqual({ done: 3, failed: 0, read: 3, total: 3 });
    expect(bad.stats()).toMatchObject({ done: 1, failed: 2, total: 3 });
    expect(ends).toEqual(["done", "failed"]);
  });
});
