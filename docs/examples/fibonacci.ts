import assert from "node:assert/strict";
import { asCompleted, ProcessPoolExecutor } from "concurrent-futures";
import { fib } from "./fib.js";
import { timed } from "./stopwatch.js";

/** Fibonacci numbers on worker threads: `fib` over range(20), as in the tutorial, and then something heavier. */
export async function main(): Promise<void> {
  const small = Array.from({ length: 20 }, (_, n) => n);
  const large = Array.from({ length: 8 }, () => 35);

  const expected = await timed("fib(0..19), one after the other", () => small.map(fib));

  const executor = new ProcessPoolExecutor();
  try {
    // The workers start with the first call; afterwards they are there.
    await timed("fib(0), which starts the first worker", () => executor.submit(fib, 0));

    const bySubmit = await timed("fib(0..19), submit + asCompleted", async () => {
      const futures = new Map(small.map((n) => [executor.submit(fib, n), n]));
      const results: number[] = [];
      for await (const future of asCompleted(futures.keys())) {
        results[futures.get(future) as number] = await future.result();
      }
      return results;
    });
    const byMap = await timed("fib(0..19), map", () => executor.map(fib, small).toArray());

    assert.deepEqual(bySubmit, expected);
    assert.deepEqual(byMap, expected);
    console.log(`  ${byMap.join(" ")}`);
    console.log("  So small a job is done sooner at home. This one is worth the way:");

    const expectedLarge = await timed("eight times fib(35), one after the other", () => large.map(fib));
    const largeByMap = await timed(`eight times fib(35), map on ${executor.maxWorkers} workers`, () =>
      executor.map(fib, large).toArray(),
    );
    assert.deepEqual(largeByMap, expectedLarge);
  } finally {
    await executor.shutdown();
  }
}
