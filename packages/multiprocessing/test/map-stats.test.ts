import { task } from "@concurrent-futures/callable";
import type { MapEnd, MapStats } from "@concurrent-futures/core";
import { Pool, type PoolOptions, ThreadPool } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

type Fn = (...args: unknown[]) => unknown;
const work = (name: string): Fn =>
  task(new URL("./fixtures/pool-work.mjs", import.meta.url), name) as unknown as Fn;
const failOdd = work("failOdd") as (x: number) => number;
const failOddHere = (x: number): number => {
  if (x % 2 === 1) throw new RangeError(`odd ${x}`);
  return x;
};
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

/** Reads to the end, over errors, or until so many results have come; `look` is called after each. */
async function readOver(
  results: AsyncIterator<unknown>,
  look: () => void,
  leaveAfter: number | undefined,
): Promise<{ readonly read: number; readonly failed: number; readonly left: boolean }> {
  let [read, failed] = [0, 0];
  for (;;) {
    if (read === leaveAfter) {
      await results.return?.();
      return { read, failed, left: true };
    }
    try {
      if ((await results.next()).done === true) return { read, failed, left: false };
    } catch (error) {
      expect(String(error)).toMatch(/odd \d$/);
      failed++;
    }
    read++;
    look();
  }
}

describe.each([
  ["Pool on thread workers", () => new Pool({ processes: 2, context: "thread" }), failOdd],
  ["Pool on spawn workers", () => new Pool({ processes: 2, context: "spawn" }), failOdd],
  ["ThreadPool", () => new ThreadPool(2), failOddHere],
] as const)("the counts of the maps of a %s", (_, open, fail) => {
  test("never fall, never pass the total, and end equal to it", async () => {
    await using pool = open();
    const shape = {
      values: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }),
      generator: fc.boolean(),
      way: fc.constantFrom("imap", "imapUnordered", "mapAsync", "starmapAsync"),
      chunksize: fc.constantFrom(undefined, 1, 7),
      leaveAfter: fc.constantFrom(undefined, undefined, 3),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(shape), async ({ values, generator, way, chunksize, leaveAfter }) => {
        const input = generator ? values.values() : values;
        const rows = values.map((value): [number] => [value]);
        const odd = values.filter((value) => value % 2 === 1).length;
        const options = chunksize === undefined ? {} : { chunksize };
        const results = {
          imap: () => pool.imap(fail, input, chunksize),
          imapUnordered: () => pool.imapUnordered(fail, input, chunksize),
          mapAsync: () => pool.mapAsync(fail, input, options),
          starmapAsync: () => pool.starmapAsync(fail, generator ? rows.values() : rows, options),
        }[way]();
        const ends: MapEnd[] = [];
        results.addDoneCallback((end) => ends.push(end));
        let before: MapStats = results.stats();
        const look = (): void => {
          const after = results.stats();
          for (const count of ["done", "failed", "read"] as const)
            expect(after[count]).toBeGreaterThanOrEqual(before[count]);
          if (before.total !== undefined) expect(after.total).toBe(before.total);
          if (after.total !== undefined) expect(after.done + after.failed).toBeLessThanOrEqual(after.total);
          before = after;
        };
        const watching = setInterval(look, 0);
        try {
          if ("next" in results) {
            const { read, failed, left } = await readOver(results, look, leaveAfter);
            look();
            expect([ends, before.read]).toEqual([[left ? "left" : "done"], read]);
            if (left) return;
            expect(failed).toBe(odd);
            expect(before).toEqual({
              done: values.length - odd,
              failed: odd,
              read: values.length,
              total: values.length,
            });
          } else {
            await results.wait();
            look();
            expect(ends).toEqual([odd > 0 ? "failed" : "done"]);
            expect(before).toMatchObject({ done: values.length - odd, failed: odd, total: values.length });
          }
        } finally {
          clearInterval(watching);
        }
      }),
      { numRuns: 40 },
    );
  });
});
