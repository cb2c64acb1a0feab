import { ProcessPoolExecutor, task } from "concurrent-futures";
import type { Case, Contestant } from "../harness/case.ts";
import { contestant, timed } from "../harness/contestants.ts";
import type * as nested from "../tasks/nested.ts";

const file = new URL("../tasks/nested.js", import.meta.url);
const fib = task(file, "nestedFib") as unknown as typeof nested.nestedFib;
const quicksort = task(file, "nestedQuicksort") as unknown as typeof nested.nestedQuicksort;

/** The nested calls of the fib of n. */
function callsBelow(n: number): number {
  let [one, two] = [1, 1];
  for (let at = 2; at <= n; at++) [one, two] = [two, one + two + 1];
  return two - 1;
}

type Pool = ProcessPoolExecutor;

/** A pool of our own of each kind. */
function onEach(
  workers: number,
  work: (pool: Pool) => Promise<{ cost: number; checksum: number }>,
): Contestant[] {
  return (["thread", "spawn"] as const).map((mpContext) =>
    contestant(
      mpContext === "thread" ? "ours" : "ours, spawn",
      "ours",
      `new ProcessPoolExecutor({ maxWorkers: ${workers}, mpContext: "${mpContext}" })`,
      async () => {
        const pool = new ProcessPoolExecutor({ maxWorkers: workers, mpContext });
        await work(pool);
        return { measure: () => work(pool), close: () => pool.shutdown() };
      },
    ),
  );
}

/** A recursion that does nothing but submit to its own pool: what one such call costs. */
export const nestedSubmit: Case = {
  name: "nested-submit",
  description: "fib of 16 by two submits in each call, to the pool that it runs in; cost per nested submit.",
  metrics: { cost: "us" },
  notes: [
    "No pool for Node and none of Python's runs this without starving. As in Java's ForkJoin, a worker runs the calls of its own tasks itself while these wait, and gives the oldest to those who have nothing to do.",
  ],
  bars: () => [
    {
      text: "tens of microseconds on threads",
      against: { limit: 100, what: "a hundred microseconds" },
      atLeast: 1,
    },
    {
      text: "low hundreds on processes",
      of: "ours, spawn",
      against: { limit: 250, what: "a quarter of a millisecond" },
      atLeast: 1,
    },
  ],
  async run({ workers, quick }) {
    const n = quick ? 6 : 16;
    return onEach(workers, async (pool) => {
      let checksum = 0;
      const took = await timed(async () => {
        checksum = await pool.submit(fib, n, pool);
      });
      return { cost: (took * 1000) / callsBelow(n), checksum };
    });
  },
};

/** Divide and conquer with data that travels. */
export const nestedQuicksort: Case = {
  name: "nested-quicksort",
  description: "20,000 numbers sorted by a quicksort that submits both halves; cost of all together.",
  metrics: { cost: "ms" },
  notes: ["The lists are copied into each call and back: a sort in place needs shared memory."],
  bars: () => [],
  async run({ workers, quick }) {
    const numbers = Array.from({ length: quick ? 1_000 : 20_000 }, (_, n) => (n * 7_919) % 20_011);
    return onEach(workers, async (pool) => {
      let sorted: number[] = [];
      const cost = await timed(async () => {
        sorted = await pool.submit(quicksort, numbers, pool);
      });
      return { cost, checksum: sorted.reduce((sum, value, at) => sum + value * (at % 7), 0) };
    });
  },
};
