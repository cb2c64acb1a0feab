import { RuntimeError } from "@concurrent-futures/core";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { describe, expect, test } from "@jest/globals";

describe.each([1, 2, 5])("a ThreadPoolExecutor of %i inside its own tasks", (maxWorkers) => {
  test("does not starve, by submit", async () => {
    const pool = new ThreadPoolExecutor(maxWorkers);
    const fib = async (n: number): Promise<number> => {
      if (n < 2) return n;
      const parts = [pool.submit(fib, n - 1), pool.submit(fib, n - 2)];
      return (await parts[0]!) + (await parts[1]!);
    };
    expect(await pool.submit(fib, 10)).toBe(55);
    await pool.shutdown();
    expect(pool.stats()).toMatchObject({ done: 177, running: 0, pending: 0, workers: 0 });
  });

  test("does not starve, by maps, after other things were awaited", async () => {
    const pool = new ThreadPoolExecutor(maxWorkers);
    const walk = async (depth: number): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (depth === 0) return 1;
      const parts = await pool.map(walk, [depth - 1, depth - 1]).toArray();
      return parts.reduce((sum, part) => sum + part, 0);
    };
    expect(await pool.submit(walk, 5)).toBe(32);
    await pool.shutdown();
  });

  test("takes calls of its own tasks while it shuts down, and no others", async () => {
    const pool = new ThreadPoolExecutor(maxWorkers);
    const chain = async (depth: number): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      return depth === 0 ? 0 : 1 + (await pool.submit(chain, depth - 1));
    };
    const future = pool.submit(chain, 20);
    const ended = pool.shutdown();
    expect(() => pool.submit(chain, 1)).toThrow(RuntimeError);
    await ended;
    expect(future.done()).toBe(true);
    expect(await future).toBe(20);
  });

  test("runs no more calls than that beside those that wait", async () => {
    const pool = new ThreadPoolExecutor(maxWorkers);
    let leaves = 0;
    let most = 0;
    const leaf = async (): Promise<void> => {
      most = Math.max(most, ++leaves);
      // biome-ignore lint/style/noRestrictedGlobals: calls that wait are what is run.
      await new Promise((resolve) => setTimeout(resolve, 1));
      leaves--;
    };
    const branch = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 10 }, () => pool.submit(leaf)));
    };
    await Promise.all([pool.submit(branch), pool.submit(branch)]);
    expect(most).toBeLessThanOrEqual(maxWorkers);
    await pool.shutdown();
  });
});
