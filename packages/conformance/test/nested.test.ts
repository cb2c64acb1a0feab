import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  BrokenProcessPool,
  CancelledError,
  type Executor,
  RuntimeError,
  TimeoutError,
} from "concurrent-futures";
import * as fc from "fast-check";
import {
  blocks,
  cancels,
  cancelsElsewhere,
  cancelsHere,
  cancelsUnheard,
  catches,
  chain,
  dies,
  diesAbove,
  exchanges,
  fib,
  holds,
  isThere,
  leaves,
  quicksort,
  shutsDown,
  spinsOn,
  square,
  staysItself,
  sumOfSquares,
  throughView,
  turnsSlow,
  untilStopped,
  useAll,
  waitsForEver,
  walk,
} from "./fixtures/divide.mjs";
import { processPools } from "./support/subjects.ts";
import { until } from "./support/waiting.ts";

type Tree = Parameters<typeof walk>[0];

const sumOf = ({ value, children }: Tree): number =>
  children.reduce((sum, child) => sum + sumOf(child), value);

/** Waits until both workers of a pool have run a call. */
async function bothAreThere(pool: Executor): Promise<void> {
  const there = new Set<number>();
  while (there.size < 2)
    for (const worker of await Promise.all([pool.submit(isThere, 10), pool.submit(isThere, 10)]))
      there.add(worker);
}

describe.each(processPools)("a pool inside its own tasks, $name", ({ create }) => {
  test.each([1, 2, 3])("fib on %i workers", async (maxWorkers) => {
    const pool = create({ maxWorkers });
    expect(await pool.submit(fib, 10, pool)).toBe(55);
    expect(pool.stats()).toMatchObject({ done: 177, failed: 0, pending: 0, running: 0 });
  });

  test("quicksort", async () => {
    const pool = create();
    const numbers = Array.from({ length: 500 }, (_, n) => (n * 7919) % 1009);
    expect(await pool.submit(quicksort, numbers, pool)).toEqual([...numbers].sort((a, b) => a - b));
  });

  test("a walk over a tree, by a map at each node", async () => {
    const pool = create({ maxWorkers: 1 });
    const tree = (depth: number): Tree => ({
      value: depth,
      children: depth === 0 ? [] : Array.from({ length: 3 }, () => tree(depth - 1)),
    });
    expect(await pool.submit(walk, tree(4), pool)).toBe(sumOf(tree(4)));
  });

  test("a recursion a thousand calls deep, on one worker", async () => {
    const pool = create({ maxWorkers: 1 });
    expect(await pool.submit(chain, 1_000, pool)).toBe(1_000);
  });

  test("a function by value that captures its pool", async () => {
    const pool = create({ maxWorkers: 1 });
    const double = (n: number): number => n * 2;
    const sum = await pool.submit(async () => {
      const parts = await Promise.all([1, 2, 3].map((n) => pool.submit(double, n)));
      return parts.reduce((a, b) => a + b, 0);
    });
    expect(sum).toBe(12);
  });

  test("maps whose calls submit in turn", async () => {
    const pool = create();
    const numbers = [1, 2, 3, 4, 5, 6];
    const results = await pool.map(fib, numbers, new Array(numbers.length).fill(pool)).toArray();
    expect(results).toEqual([1, 1, 2, 3, 5, 8]);
  });

  test("it is an executor like any other in there", async () => {
    const pool = create();
    expect(await pool.submit(useAll, pool)).toEqual({
      done: 3,
      completed: 14,
      settled: ["x"],
      unordered: [1, 4, 9],
      rows: [5, 7],
      named: "given",
      limited: new TimeoutError("").code,
      retried: 3,
      grouped: 81,
    });
  });

  test("errors keep their class", async () => {
    const pool = create({ maxWorkers: 1 });
    expect(await pool.submit(catches, pool)).toEqual([true, "deep"]);
  });

  test("blocking on it is refused with the way out", async () => {
    const pool = create({ maxWorkers: 1 });
    const error = await pool.submit(blocks, pool).exception();
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toMatch(/await/);
    expect(await pool.submit(square, 2)).toBe(4);
  });

  test("shutting it down is refused", async () => {
    const pool = create({ maxWorkers: 1 });
    await expect(pool.submit(shutsDown, pool).result()).rejects.toBeInstanceOf(RuntimeError);
    expect(await pool.submit(square, 2)).toBe(4);
  });

  test("a nested call can be cancelled", async () => {
    const pool = create({ maxWorkers: 1 });
    expect(await pool.submit(cancels, pool)).toEqual([true, true]);
  });

  test("cancel and running of a call that another worker has are exact", async () => {
    const pool = create({ maxWorkers: 2 });
    const folder = mkdtempSync(join(tmpdir(), "nested-"));
    expect(await pool.submit(cancelsElsewhere, pool, folder)).toEqual({
      whileItRuns: [true, false, false],
      whileItWaits: [false, true, true, true],
      result: "held",
      after: [false, false],
      begun: false,
    });
    rmSync(folder, { recursive: true });
  });

  test("cancel and running of a call beside its caller are exact", async () => {
    const pool = create({ maxWorkers: 1 });
    const folder = mkdtempSync(join(tmpdir(), "nested-"));
    expect(await pool.submit(cancelsHere, pool, folder)).toEqual({
      whileItRuns: [true, false, false],
      whileItWaits: [false, true, true],
      byForce: [true, true],
      result: "held",
      after: [false, false],
    });
    expect(await pool.submit(square, 2)).toBe(4);
    rmSync(folder, { recursive: true });
  });

  test("a worker that dies leaves no call running that holds the shutdown", async () => {
    const pool = create({ maxWorkers: 2 });
    const folder = mkdtempSync(join(tmpdir(), "nested-"));
    const death = pool.submit(diesAbove, pool, join(folder, "held"));
    await expect(death.result()).rejects.toBeInstanceOf(BrokenProcessPool);
    await pool.shutdown();
    expect(pool.stats()).toMatchObject({ pending: 0, running: 0 });
    rmSync(folder, { recursive: true });
  });

  test("arguments and results are copies, wherever a call runs", async () => {
    const pool = create({ maxWorkers: 1 });
    expect(await pool.submit(exchanges, pool)).toBe(true);
  });

  test("a call that turns out to be long does not keep what was submitted with it from idle workers", async () => {
    const pool = create({ maxWorkers: 2 });
    // Or one of them would do it all while the other is still starting.
    await bothAreThere(pool);
    await Promise.all([pool.submit(spinsOn, 30), pool.submit(spinsOn, 30)]);
    const by = await pool.submit(turnsSlow, pool, 8, 60);
    // The first of them tells; of the others each worker has some.
    for (const worker of [1, 2]) expect(by.filter((one) => one === worker).length).toBeGreaterThanOrEqual(2);
  });

  test("a view of the pool keeps its options", async () => {
    const pool = create({ maxWorkers: 1 });
    const view = pool.withOptions({ name: "seen" });
    expect(await pool.submit(throughView, view)).toEqual(["seen", [1, 4]]);
    const captured = await pool.submit(() => view.submit(square, 3));
    expect(captured).toBe(9);
  });

  test("each task stays itself, however many wait on one worker", async () => {
    const pool = create({ maxWorkers: 1 });
    const names = ["a", "b", "c", "d"];
    const futures = names.map((name) => pool.withOptions({ name }).submit(staysItself, pool, name));
    expect(await Promise.all(futures)).toEqual(names.map((name) => [name, `${name} inside`, name, true]));
  });

  test("a task that was given another pool submits to that one", async () => {
    const [outer, inner] = [create({ maxWorkers: 1 }), create({ maxWorkers: 1 })];
    expect(await outer.submit(sumOfSquares, inner, [1, 2, 3])).toBe(14);
    expect(inner.stats().done).toBe(3);
    expect(outer.stats().done).toBe(1);
  });

  test("what comes back is the pool itself", async () => {
    const pool = create({ maxWorkers: 1 });
    expect(await pool.submit((it: typeof pool) => it, pool)).toBe(pool);
  });

  test("while it shuts down, calls of its own tasks are still taken", async () => {
    const pool = create({ maxWorkers: 1 });
    const future = pool.submit(fib, 6, pool);
    await pool.shutdown();
    expect(await future).toBe(8);
  });

  test("calls that nobody awaits are still run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nested-"));
    const pool = create({ maxWorkers: 1 });
    await pool.submit(leaves, pool, join(folder, "marks"));
    await pool.shutdown();
    expect(readFileSync(join(folder, "marks"), "utf8")).toBe("xxx");
    rmSync(folder, { recursive: true });
  });

  test("a worker that dies costs the calls that had begun on it, and no others", async () => {
    const pool = create({ maxWorkers: 1 });
    const death = pool.submit(dies, pool);
    await expect(death.result()).rejects.toBeInstanceOf(BrokenProcessPool);
    expect(await pool.submit(fib, 5, pool)).toBe(5);
  });

  test("maxTasksPerChild replaces workers whose calls wait", async () => {
    const pool = create({ maxWorkers: 1, maxTasksPerChild: 2 });
    expect(await pool.submit(fib, 4, pool)).toBe(3);
  });

  test("a call that has waited for others is stopped by force", async () => {
    const pool = create({ maxWorkers: 1 });
    const listening = pool.submit(untilStopped, pool);
    while (pool.stats().done < 1) await new Promise((resolve) => setImmediate(resolve));
    expect(listening.running()).toBe(true);
    expect(listening.cancel()).toBe(false);
    expect(listening.cancel({ force: true })).toBe(true);
    await expect(listening.result()).rejects.toBeInstanceOf(CancelledError);
    expect(await pool.submit(square, 2)).toBe(4);
  });

  test("a call that is stopped by force and does not listen takes those along that it has submitted", async () => {
    const pool = create({ maxWorkers: 1 });
    const outer = pool.submit(waitsForEver, pool);
    while (pool.stats().running < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(outer.cancel({ force: true })).toBe(true);
    await expect(outer.result()).rejects.toBeInstanceOf(CancelledError);
    expect(await pool.submit(square, 3)).toBe(9);
    await pool.shutdown();
  });

  test("any tree, on any number of workers", async () => {
    const tree = fc.memo((depth) =>
      fc.record({
        value: fc.integer({ min: 0, max: 99 }),
        children: depth <= 1 ? fc.constant<Tree[]>([]) : fc.array(tree(depth - 1), { maxLength: 3 }),
      }),
    ) as (depth: number) => fc.Arbitrary<Tree>;
    const pools = [create({ maxWorkers: 1 }), create({ maxWorkers: 2 })];
    await fc.assert(
      fc.asyncProperty(tree(5), fc.constantFrom(...pools), async (given, pool) => {
        expect(await pool.submit(walk, given, pool)).toBe(sumOf(given));
      }),
      { numRuns: process.env["STRESS"] === undefined ? 15 : 300 },
    );
  });
});

test("a cancel that gets no answer says false, and holds once the pool's thread hears of it", async () => {
  const [{ create }] = processPools as [(typeof processPools)[number]];
  // A worker that is slow to start, or quick to ask, begins the call before it is cancelled: then there is nothing to see.
  for (let tries = 1; ; tries++) {
    const pool = create({ maxWorkers: 2 });
    const folder = mkdtempSync(join(tmpdir(), "nested-"));
    const path = (name: string): string => join(folder, name);
    // One worker has a call that does not end, so that the call to be cancelled finds none.
    const other = pool.submit(holds, path("other"));
    await until(() => existsSync(path("other.begun")));
    const outcome = pool.submit(cancelsUnheard, pool, folder);
    await until(() => existsSync(path("ready")) && pool.stats().pending + pool.stats().running === 3);
    writeFileSync(path("blocked"), "");
    while (!existsSync(path("answered")));
    await until(() => pool.stats().cancelled === 1 || existsSync(path("waits.begun")));
    for (const name of ["heard", "other.go", "waits.go"]) writeFileSync(path(name), "");
    const { said, cancelled, begun } = await outcome;
    await other;
    rmSync(folder, { recursive: true });
    expect(said).toBe(false);
    expect(cancelled).toBe(!begun);
    if (cancelled) return;
    expect(tries).toBeLessThan(20);
  }
});
