import { describe as describeFunction, pack } from "@concurrent-futures/callable";
import { describe, expect, test } from "@jest/globals";
import * as shapes from "./fixtures/shapes.mjs";

/** What describing costs, with room for slow machines: the bounds catch a wrong complexity, not a slow day. */

/** Microseconds per call, the best of many short rounds: other programs on the machine must not count. */
function cost(run: () => void, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 50; round++) {
    const start = performance.now();
    for (let i = 0; i < times; i++) run();
    best = Math.min(best, ((performance.now() - start) * 1000) / times);
  }
  return best;
}

/** Milliseconds of work that an enabled debugger would slow down by far. */
async function awaiting(): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < 20_000; i++) await null;
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function throwing(): number {
  return cost(() => {
    try {
      throw new Error("x");
    } catch {
      // only the time counts
    }
  }, 200);
}

describe("cost", () => {
  test("a function that was seen before is looked up", () => {
    describeFunction(shapes.square);
    expect(cost(() => describeFunction(shapes.square), 1_000)).toBeLessThan(2);
  });

  test("a closure over a few numbers takes less than 200 microseconds", () => {
    const make = (a: number, b: number, c: number) => (n: number) => n * a + b * c;
    expect(cost(() => describeFunction(make(1, 2, 3)), 10)).toBeLessThan(200);
  });

  test("plain arguments are looked at once and not copied", () => {
    const args = [1, "two", { three: [3, 4, 5], four: null }];
    expect(pack(args)).toBe(args);
    expect(cost(() => pack(args), 1_000)).toBeLessThan(1);
    const pixels = [new Float64Array(1_000_000)];
    expect(cost(() => pack(pixels), 1_000)).toBeLessThan(1);
  });

  test("large plain data too, and no more is paid for each part than in small data", () => {
    const record = (id: number) => ({ id, scores: [id, id / 3], place: { x: id } });
    const few = Array.from({ length: 1_000 }, (_, id) => record(id));
    const many = Array.from({ length: 50_000 }, (_, id) => record(id));
    expect(pack(many)).toBe(many);
    const perPart = (all: object[]): number => cost(() => pack(all), 1) / all.length;
    expect(perPart(many)).toBeLessThan(perPart(few) * 8);
  });

  test("parts that many others share are not looked at from each of them", () => {
    const settings = Array.from({ length: 1_000 }, (_, id) => ({ id }));
    const users = Array.from({ length: 20_000 }, () => ({ settings }));
    expect(pack(users)).toBe(users);
    // 20 million visits would take 300 milliseconds.
    expect(cost(() => pack(users), 1)).toBeLessThan(50_000);
  });

  test("nothing stays on that slows down awaiting and throwing", async () => {
    const [waitBefore, throwBefore] = [await awaiting(), throwing()];
    const later = (n: number) => async () => n;
    for (let i = 0; i < 50; i++) describeFunction(later(i));
    // A debugger left on makes it eight times slower.
    expect(await awaiting()).toBeLessThan(waitBefore * 3 + 2);
    expect(throwing()).toBeLessThan(throwBefore * 3 + 5);
  });
});
