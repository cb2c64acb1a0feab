import { CallMetrics, type WorkerStats } from "@concurrent-futures/core/pool-stats";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

/** What a worker's record says after these samples of its heap, one for each call. */
function recordOf(heaps: readonly number[]): WorkerStats {
  const metrics = new CallMetrics();
  const record = metrics.started(1, 0);
  record.up(0);
  for (const heap of heaps) {
    record.answered(1, 0, 1, true, 1);
    record.uses(heap, undefined);
  }
  return metrics.stats(undefined, 10).byWorker[0] as WorkerStats;
}

describe("the growth of a worker's heap", () => {
  test("is that of its lowest values, however many samples there were", () => {
    for (const count of [8, 63, 64, 65, 1_000, 100_000]) {
      const heaps = Array.from({ length: count }, (_, at) => 1e6 + at * 500 + (at % 2) * 400);
      const { heap, heapGrowth } = recordOf(heaps);
      expect(heap).toBe(heaps.at(-1));
      expect(heapGrowth?.perCall).toBeGreaterThan(250);
      expect(heapGrowth?.perCall).toBeLessThan(1_000);
    }
  });

  test("is none where it comes back to where it was, or few have looked", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e9), { minLength: 32, maxLength: 300 }), (heaps) => {
        // Each eighth sample is after a collection.
        expect(recordOf(heaps.map((heap, at) => (at % 8 === 0 ? 0 : heap))).heapGrowth).toBeUndefined();
      }),
    );
    expect(recordOf([1, 2, 3, 4, 5, 6, 7]).heapGrowth).toBeUndefined();
  });
});
