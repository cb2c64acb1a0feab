import { taskRandom } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

const numbers = (seed: number, index: number, count = 5): number[] => {
  const next = taskRandom([seed, index]);
  return Array.from({ length: count }, next);
};

describe("random numbers of a call", () => {
  test("depend on seed and index alone", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(), (seed, index) => {
        expect(numbers(seed, index)).toEqual(numbers(seed, index));
      }),
    );
  });

  test("lie from 0 up to 1", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (seed, index) => {
        for (const number of numbers(seed, index, 50)) {
          expect(number).toBeGreaterThanOrEqual(0);
          expect(number).toBeLessThan(1);
        }
      }),
    );
  });

  test("differ from item to item and from seed to seed", () => {
    const first = new Set<number>();
    for (const seed of [0, 1, -1, 0.5, 1e300])
      for (let index = 0; index < 2_000; index++) first.add(numbers(seed, index, 1)[0] as number);
    expect(first.size).toBe(10_000);
  });

  test("are spread evenly, also over neighbouring items", () => {
    const buckets = new Array<number>(16).fill(0);
    for (let index = 0; index < 16_000; index++) {
      const bucket = Math.floor((numbers(42, index, 1)[0] as number) * 16);
      buckets[bucket] = (buckets[bucket] as number) + 1;
    }
    const chiSquare = buckets.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    // 15 degrees of freedom: above 44 in one of ten thousand fair samples; this sample is always the same.
    expect(chiSquare).toBeLessThan(44);
  });

  test("without a seed are those of Math.random", () => {
    expect(taskRandom(undefined)).toBe(Math.random);
  });
});
