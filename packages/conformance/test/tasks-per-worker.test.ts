import { describe, expect, test } from "@jest/globals";
import {
  ArgumentTypeError,
  BrokenProcessPool,
  CancelledError,
  currentTask,
  ProcessPoolExecutor,
  TimeoutError,
  ValueError,
} from "concurrent-futures";
import { processPools } from "./support/subjects.ts";

// biome-ignore lint/style/noRestrictedGlobals: calls that wait are what is run.
const pause = (n: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(n), 20));
const never = (): Promise<void> => new Promise(() => {});

/** Resolves when as many calls of one worker are under way together. */
async function meet(count: number): Promise<number> {
  const room = globalThis as { present?: number; most?: number };
  room.present = (room.present ?? 0) + 1;
  room.most = Math.max(room.most ?? 0, room.present);
  while (room.most < count) await new Promise((resolve) => setImmediate(resolve));
  // biome-ignore lint/style/noRestrictedGlobals: a call that one too many could join.
  await new Promise((resolve) => setTimeout(resolve, 5));
  room.present--;
  return room.most;
}

describe.each(processPools)("tasksPerWorker on $name", ({ create }) => {
  test("so many calls of one worker are under way at a time, and no more", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 4 });
    const counts = await executor.map(meet, new Array<number>(12).fill(4)).toArray();
    expect(new Set(counts)).toEqual(new Set([4]));
  });

  test("each call keeps its own context, result and error", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 5 });
    const call = async (n: number): Promise<readonly [string, string]> => {
      const { currentTask: current } = await import("concurrent-futures");
      const before = current()?.name ?? "";
      // biome-ignore lint/style/noRestrictedGlobals: calls that wait are what is run.
      await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5));
      if (n % 3 === 0) throw new RangeError(`no ${n}`);
      return [before, current()?.name ?? ""];
    };
    const futures = Array.from({ length: 20 }, (_, n) =>
      executor.withOptions({ name: `call ${n}` }).submit(call, n),
    );
    for (const [n, future] of futures.entries()) {
      if (n % 3 === 0) await expect(future.result()).rejects.toThrow(new RangeError(`no ${n}`));
      else expect(await future).toEqual([`call ${n}`, `call ${n}`]);
    }
    expect(executor.stats()).toMatchObject({ done: 13, failed: 7, running: 0, pending: 0 });
    expect(currentTask()).toBeUndefined();
  });

  test("running() is exact", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 2 });
    const futures = [0, 1, 2].map(() => executor.submit(never));
    while (!futures.slice(0, 2).every((future) => future.running()))
      await new Promise((resolve) => setImmediate(resolve));
    expect(futures.map((future) => future.running())).toEqual([true, true, false]);
    expect(futures.map((future) => future.cancel())).toEqual([false, false, true]);
  });

  test("a timeout of one costs its neighbours nothing, though it does not listen", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 3 });
    const neighbour = executor.submit(
      // biome-ignore lint/style/noRestrictedGlobals: longer than the timeout of its neighbour.
      (n: number) => new Promise((resolve) => setTimeout(() => resolve(n), 700)),
      7,
    );
    const deaf = executor.withOptions({ timeout: 20 }).submit(never);
    await expect(deaf.result()).rejects.toBeInstanceOf(TimeoutError);
    expect(await neighbour).toBe(7);
    expect(await executor.submit(pause, 1)).toBe(1);
    await executor.shutdown();
  });

  test("a cancel by force of one costs its neighbours nothing", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 3 });
    const neighbour = executor.submit(
      // biome-ignore lint/style/noRestrictedGlobals: longer than the timeout of its neighbour.
      (n: number) => new Promise((resolve) => setTimeout(() => resolve(n), 700)),
      7,
    );
    const deaf = executor.submit(never);
    while (!deaf.running()) await new Promise((resolve) => setImmediate(resolve));
    expect(deaf.cancel({ force: true })).toBe(true);
    await expect(deaf.result()).rejects.toBeInstanceOf(CancelledError);
    expect(await neighbour).toBe(7);
    await executor.shutdown();
  });

  test("one that blocks the worker and does not stop costs them BrokenProcessPool", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 2 });
    const neighbour = executor.submit(never);
    while (!neighbour.running()) await new Promise((resolve) => setImmediate(resolve));
    const spin = (): void => {
      for (;;);
    };
    const blocking = executor.withOptions({ timeout: 20 }).submit(spin);
    await expect(blocking.result()).rejects.toBeInstanceOf(TimeoutError);
    await expect(neighbour.result()).rejects.toBeInstanceOf(BrokenProcessPool);
    expect(await executor.submit(pause, 2)).toBe(2);
  });

  test("a worker that dies costs all calls that were under way on it", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 2 });
    const neighbour = executor.submit(never);
    while (!neighbour.running()) await new Promise((resolve) => setImmediate(resolve));
    const death = executor.submit(() => process.exit(3));
    await expect(death.result()).rejects.toBeInstanceOf(BrokenProcessPool);
    await expect(neighbour.result()).rejects.toBeInstanceOf(BrokenProcessPool);
    expect(await executor.submit(pause, 2)).toBe(2);
  });

  test("shutdown waits for all of them", async () => {
    const executor = create({ maxWorkers: 1, tasksPerWorker: 8 });
    const futures = Array.from({ length: 8 }, (_, n) => executor.submit(pause, n));
    await executor.shutdown();
    expect(futures.every((future) => future.done())).toBe(true);
  });
});

describe("tasksPerWorker", () => {
  test("is a positive integer", () => {
    expect(() => new ProcessPoolExecutor({ tasksPerWorker: 0 })).toThrow(ValueError);
    expect(() => new ProcessPoolExecutor({ tasksPerWorker: "2" as never })).toThrow(ArgumentTypeError);
  });
});
