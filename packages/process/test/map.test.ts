import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { rejection, until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

const square = work("square") as (x: number) => number;
const fail = work("fail") as (text: string) => never;
const squareBut13 = work("squareBut13") as (x: number) => number;

function* endless(seen = { pulled: 0, closed: false }): Generator<number> {
  try {
    for (;;) yield seen.pulled++;
  } finally {
    seen.closed = true;
  }
}

for (const mpContext of ["thread", "spawn"] as const) {
  describe(`map on ${mpContext} workers`, () => {
    const two = { maxWorkers: 2, mpContext };

    test("an error in the middle of a chunk costs its own position: those before it arrive", async () => {
      const executor = pool(two);
      const results = executor.map(squareBut13, [10, 11, 12, 13, 14], { chunksize: 5 });
      const seen: number[] = [];
      const error = await rejection(
        (async () => {
          for await (const result of results) seen.push(result);
        })(),
      );
      expect(seen).toEqual([100, 121, 144]);
      expect(error).toMatchObject({ name: "RangeError", message: "thirteen" });
      expect((await results.next()).done).toBe(true);
    });

    test("an endless input with buffersize is pulled no faster than it is read", async () => {
      const executor = pool(two);
      const seen = { pulled: 0, closed: false };
      const results = executor.map(square, endless(seen), { buffersize: 10 });
      for (let read = 0; read < 30; read++) {
        expect(seen.pulled).toBeLessThanOrEqual(read + 10);
        expect((await results.next()).value).toBe(read * read);
      }
      await results.return();
      expect(seen.closed).toBe(true);
      await until(() => executor.stats().pending === 0 && executor.stats().running === 0);
    });

    test("mapUnordered gives each result once", async () => {
      const executor = pool(two);
      const items = Array.from({ length: 300 }, (_, at) => at);
      const results = await executor.mapUnordered(square, items).toArray();
      expect(results.sort((a, b) => a - b)).toEqual(items.map((x) => x * x));
    });

    test("a map that nobody reads is silent when it fails, and the pool goes on", async () => {
      const executor = pool(two);
      const unhandled: unknown[] = [];
      const listen = (reason: unknown) => void unhandled.push(reason);
      process.on("unhandledRejection", listen);
      executor.map(fail, ["a", "b", "c"]);
      await executor.shutdown();
      process.off("unhandledRejection", listen);
      expect(unhandled).toEqual([]);
    });
  });
}

test("over random inputs, chunks and bounds map is what Array.prototype.map says, up to the first error", async () => {
  const executor = pool({ maxWorkers: 2 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 40, arbitrary: fc.integer({ min: -1000, max: 1000 }) }, fc.constant(13)), {
        maxLength: 80,
      }),
      fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
      fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      fc.boolean(),
      async (numbers, buffersize, chunksize, asynchronous) => {
        async function* later(): AsyncGenerator<number> {
          yield* numbers;
        }
        const results = executor.map(squareBut13, asynchronous ? later() : numbers, {
          ...(buffersize !== undefined && { buffersize }),
          ...(chunksize !== undefined && { chunksize }),
        });
        const seen: number[] = [];
        const error = await (async () => {
          for await (const result of results) seen.push(result);
        })().catch((reason: unknown) => reason);
        const end = numbers.indexOf(13);
        expect(seen).toEqual((end < 0 ? numbers : numbers.slice(0, end)).map((x) => x * x));
        if (end >= 0) expect(error).toMatchObject({ message: "thirteen" });
        else expect(error).toBeUndefined();
      },
    ),
    { numRuns: 100 },
  );
});
