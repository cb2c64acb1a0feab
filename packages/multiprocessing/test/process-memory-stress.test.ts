// biome-ignore lint/style/noRestrictedImports: any moment is right.
import { setTimeout as pause } from "node:timers/promises";
import { getContext } from "@concurrent-futures/multiprocessing";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";

/**
 * Processes that are killed at whatever point of a lock's or queue's life they have reached: inside the gate, holding, asleep,
 * between two stores. The others must go on. Each point by name is in `killed-at-each-point.test.ts`; this is long only under `pnpm stress`.
 */
const kills = process.env.STRESS === undefined ? 4 : 300;
const ctx = getContext("spawn");
type Child = InstanceType<typeof ctx.Process>;

let jobs: Record<string, (...args: unknown[]) => void>;
const running = new Set<Child>();

beforeAll(async () => {
  jobs = await import("./fixtures/memory-jobs.mjs" as string);
});
afterEach(async () => {
  for (const child of running) child.kill();
  for (const child of running) await child.join();
  running.clear();
});

/** Starts a process on shared objects; the event is set when it has begun. */
async function start(job: string, ready: ReturnType<typeof ctx.Event>, ...args: unknown[]): Promise<Child> {
  const child = new ctx.Process({
    target: jobs[job] as (...args: unknown[]) => void,
    args: [ready, ...args],
  }) as Child;
  child.start();
  running.add(child);
  expect(await ready.wait(20_000)).toBe(true);
  return child;
}

async function kill(child: Child): Promise<void> {
  child.kill();
  await child.join();
  running.delete(child);
}

describe("processes that are killed anywhere", () => {
  test("a lock goes on, and what it protects is never seen half done by who holds it", async () => {
    const [lock, pair] = [ctx.Lock(), ctx.RawArray("i", 2)];
    const steady = await start("hammer", ctx.Event(), lock, pair);
    for (let round = 0; round < kills; round++) {
      const victim = await start("hammer", ctx.Event(), lock, pair);
      await pause(Math.random() * 5);
      await kill(victim);
      const before = pair.get(0);
      // The one that is left counts on.
      const end = performance.now() + 10_000;
      while (pair.get(0) === before && performance.now() < end) await pause(1);
      expect(pair.get(0)).not.toBe(before);
    }
    expect(steady.isAlive()).toBe(true);
  }, 600_000);

  test("a queue goes on, and gives whole items only", async () => {
    const queue = ctx.Queue<{ n: number; text: string }>(50);
    let rounds = 0;
    for (let round = 0; round < kills; round++) {
      const [producer, consumer] = [
        await start("flood", ctx.Event(), queue),
        await start("drain", ctx.Event(), queue, round % 2 === 0),
      ];
      await pause(Math.random() * 5);
      await kill(round % 2 === 0 ? producer : consumer);
      if (round % 2 === 0) await kill(consumer);
      else {
        for (let i = 0; i < 20; i++) {
          const { n, text } = await queue.get(10_000);
          expect(text).toBe(String(n).repeat(20));
        }
        await kill(producer);
      }
      while (!queue.empty()) {
        const { n, text } = await queue.get(10_000);
        expect(text).toBe(String(n).repeat(20));
      }
      rounds++;
    }
    expect(rounds).toBe(kills);
  }, 600_000);
});
