import type { MapEnd, MapStats } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { rejection, until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

const squareBut13 = work("squareBut13") as (x: number) => number;

function* generated(values: readonly number[]): Generator<number> {
  yield* values;
}

describe.each(["thread", "spawn"] as const)("the counts of a map on %s workers", (mpContext) => {
  test("move without anybody reading, with chunks, and count failures", async () => {
    const executor = pool({ maxWorkers: 2, mpContext });
    const values = Array.from({ length: 101 }, (_, at) => at);
    const results = executor.map(squareBut13, values, { chunksize: 10 });
    expect(results.stats()).toEqual({ done: 0, failed: 0, read: 0, total: 101 });
    await until(() => results.stats().done + results.stats().failed === 101);
    expect(results.stats()).toEqual({ done: 100, failed: 1, read: 0, total: 101 });
    expect(await rejection(results.toArray())).toMatchObject({ message: "thirteen" });
    expect(results.stats()).toEqual({ done: 100, failed: 1, read: 14, total: 101 });
  });

  test("never fall, never pass the total, and end equal to it, by batches and by futures", async () => {
    const executor = pool({ maxWorkers: 2, mpContext });
    const shape = {
      // 13 fails; it is rare enough that most maps end well.
      values: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 60 }),
      generator: fc.boolean(),
      order: fc.constantFrom("map", "mapUnordered"),
      chunksize: fc.constantFrom(undefined, 1, 7),
      buffersize: fc.constantFrom(undefined, 1, 10),
      byFutures: fc.boolean(),
      toArray: fc.boolean(),
      leaveAfter: fc.constantFrom(undefined, undefined, 3),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(shape), async (given) => {
        const { values, generator, chunksize, buffersize, byFutures, leaveAfter } = given;
        const view = byFutures ? executor.withOptions({ name: "named" }) : executor;
        const results = view[given.order === "map" ? "map" : "mapUnordered"](
          squareBut13,
          generator ? generated(values) : values,
          { ...(chunksize && { chunksize }), ...(buffersize && { buffersize }) },
        );
        const ends: MapEnd[] = [];
        results.addDoneCallback((end) => ends.push(end));
        let before: MapStats = results.stats();
        const look = (): void => {
          const after = results.stats();
          for (const count of ["done", "failed", "read"] as const)
            expect(after[count]).toBeGreaterThanOrEqual(before[count]);
          expect(after.read).toBeLessThanOrEqual(after.done + after.failed);
          if (before.total !== undefined) expect(after.total).toBe(before.total);
          if (after.total !== undefined) expect(after.done + after.failed).toBeLessThanOrEqual(after.total);
          before = after;
        };
        const watching = setInterval(look, 0);
        let rounds = 0;
        let failed = false;
        try {
          if (given.toArray) rounds = (await results.toArray()).length;
          else
            for await (const _ of results) {
              look();
              expect(results.stats().read).toBe(++rounds);
              if (rounds === leaveAfter) break;
            }
        } catch (error) {
          if ((error as Error).message !== "thirteen") throw error;
          failed = true;
        } finally {
          clearInterval(watching);
        }
        look();
        if (failed) expect([ends, before.failed > 0]).toEqual([["failed"], true]);
        else if (!given.toArray && rounds === leaveAfter) expect(ends).toEqual(["left"]);
        else {
          expect(ends).toEqual(["done"]);
          expect(before).toEqual({ done: rounds, failed: 0, read: rounds, total: values.length });
        }
      }),
      { numRuns: 40 },
    );
  });

  test("stay when the pool is killed, and the end is a failure", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const results = executor.map(work("forever"), [1, 2, 3]);
    const ends: MapEnd[] = [];
    results.addDoneCallback((end) => ends.push(end));
    executor.killWorkers();
    await rejection(results.toArray());
    expect(ends).toEqual(["failed"]);
    expect(results.stats().total).toBe(3);
  });
});
