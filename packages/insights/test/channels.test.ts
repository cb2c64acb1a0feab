import { spawnSync } from "node:child_process";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { fileURLToPath } from "node:url";
import {
  type BatchResultsEvent,
  type ChannelEvents,
  channelNames,
  type MapEndEvent,
} from "@concurrent-futures/core/channels";
import { Pool } from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { afterEach, describe, expect, test } from "@jest/globals";
import { exit, failing, nap, spin, square } from "./fixtures/work.mjs";

type Told = { [K in keyof ChannelEvents]: ChannelEvents[K][] };
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** All that is told from now on, by channel. */
function listen(): Told {
  const told = {} as Record<keyof ChannelEvents, unknown[]>;
  for (const [key, name] of Object.entries(channelNames)) {
    const events: unknown[] = [];
    told[key as keyof ChannelEvents] = events;
    const hear = (event: unknown): void => {
      events.push(event);
    };
    subscribe(name, hear);
    stops.push(() => unsubscribe(name, hear));
  }
  return told as unknown as Told;
}

describe.each(["thread", "spawn"] as const)("the channels of a pool on %s workers", (mpContext) => {
  test("tell of the pool, its workers, its maps and its batches, and every result once", async () => {
    const told = listen();
    const pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext, initializer: nap, initargs: [20] });
    await pool
      .map(
        square,
        Array.from({ length: 500 }, (_, at) => at),
      )
      .toArray();
    await pool.shutdown();
    expect(told.poolOpen).toMatchObject([{ kind: mpContext, maxWorkers: 2 }]);
    const number = told.poolOpen[0]?.pool;
    expect(told.poolClose).toMatchObject([{ pool: number, reason: "shutdown" }]);
    for (const { init } of told.workerUp) expect(init).toBeGreaterThan(15);
    expect(told.workerExit.map(({ expected, lost }) => [expected, lost])).toEqual(
      told.workerStart.map(() => [true, 0]),
    );
    expect(told.mapStart).toMatchObject([{ function: "square", total: 500, order: "input" }]);
    const map = told.mapStart[0]?.map;
    expect(told.mapEnd).toMatchObject([{ map, done: 500, failed: 0, why: "done" }]);
    for (const event of [...told.batchSent, ...told.batchResults])
      expect(event).toMatchObject({ pool: number, map, function: "square" });
    expect(told.batchResults.reduce((sum, { count }) => sum + count, 0)).toBe(500);
    expect(JSON.stringify(Object.values(told))).not.toContain("249001");
  });

  test("place calls in time: the segments of a worker do not overlap, and lie in the pool's life", async () => {
    const told = listen();
    const before = performance.timeOrigin + performance.now();
    const pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
    await pool
      .map(
        spin,
        Array.from({ length: 30 }, (_, at) => at % 4),
      )
      .toArray();
    await pool.shutdown();
    const after = performance.timeOrigin + performance.now();
    for (const worker of [1, 2]) {
      const segments = told.batchResults.filter(({ workerId }) => workerId === worker);
      let end = before - 5;
      for (const { at, work } of segments) {
        expect(at - work).toBeGreaterThanOrEqual(end - 0.01);
        end = at;
      }
      expect(end).toBeLessThanOrEqual(after + 5);
    }
  });

  test("tell of failures, deaths, and broken pools", async () => {
    const told = listen();
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    await pool.submit(failing).exception();
    await pool.submit(exit).exception();
    expect(told.taskFailed).toMatchObject([
      { function: "failing", workerId: 1, error: { message: "on purpose" } },
      { function: "exit", workerId: 1, error: { name: "BrokenProcessPool" } },
    ]);
    expect(told.workerExit).toMatchObject([{ workerId: 1, exitCode: 3, expected: false, lost: 1 }]);
    await pool.shutdown();
    const broken = new ProcessPoolExecutor({ maxWorkers: 1, mpContext, initializer: failing });
    await broken.submit(square, 1).exception();
    await broken.shutdown();
    expect(told.poolClose.at(-1)).toMatchObject({ reason: "broken", error: { name: "BrokenProcessPool" } });
  });

  test("tell what it costs to send large arguments, and how large they are", async () => {
    const told = listen();
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    await pool.submit(square, 2);
    const row = Array.from({ length: 50_000 }, (_, at) => ({ at }));
    await pool.submit(square as never, row as never);
    await pool.map(square as never, [row, row] as never[]).toArray();
    await pool.shutdown();
    const large = told.batchResults.filter(({ bytes = 0 }) => bytes > 100_000);
    expect(told.batchResults[0]).toMatchObject({ unpack: 0 });
    expect(told.batchResults[0]?.bytes).toBeLessThan(100);
    expect(large.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(large.reduce((sum, { pack = 0 }) => sum + pack, 0)).toBeGreaterThan(3);
  });

  test("previews arguments only when asked, within 80 characters, and never throws", async () => {
    const previews: string[] = [];
    const hear = (event: unknown): void => {
      const { argumentOf, count, from } = event as BatchResultsEvent;
      for (let at = from; at < from + count; at++) previews.push(argumentOf(at));
    };
    subscribe(channelNames.batchResults, hear);
    stops.push(() => unsubscribe(channelNames.batchResults, hear));
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    await pool.submit(square, 7);
    await pool.map(square, [8]).toArray();
    await pool.submit(square as never, ["x".repeat(1_000)] as never);
    await pool.shutdown();
    expect(previews.slice(0, 2)).toEqual(["7", "8"]);
    expect(previews[2]?.length).toBeLessThanOrEqual(80);
  });
});

/** How often it is asked whether somebody listens, while `work` is done. */
async function questionsOf(work: () => Promise<unknown>): Promise<number> {
  let questions = 0;
  const asked = Object.values(channelNames).map((name) => channel(name));
  for (const one of asked)
    Object.defineProperty(one, "hasSubscribers", {
      configurable: true,
      get() {
        questions++;
        return false;
      },
    });
  try {
    await work();
  } finally {
    for (const one of asked) Reflect.deleteProperty(one, "hasSubscribers");
  }
  return questions;
}

// A question takes half a nanosecond, a round trip more than ten microseconds: these bounds are far below 1 %.
test("while nobody listens, a message costs a few questions and a call of a batch none", async () => {
  await using pool = new ProcessPoolExecutor(2);
  const numbers = Array.from({ length: 20_000 }, (_, at) => at);
  for (let warm = 0; warm < 3; warm++) await pool.map(square, numbers).toArray();
  const single = await questionsOf(async () => {
    for (let at = 0; at < 50; at++) await pool.submit(square, at);
  });
  expect(single).toBeGreaterThan(0);
  expect(single / 50).toBeLessThan(5);
  const ofSubmits = await questionsOf(() => Promise.all(numbers.map((at) => pool.submit(square, at))));
  expect(ofSubmits).toBeLessThan(numbers.length / 100);
  const ofMap = await questionsOf(() => pool.map(square, numbers).toArray());
  expect(ofMap).toBeLessThan(numbers.length / 100);
});

describe("the channels of the other pools", () => {
  test("a Pool tells the same", async () => {
    const told = listen();
    const pool = new Pool(1);
    await pool.map(square, [1, 2, 3]);
    pool.close();
    await pool.join();
    expect(told.poolOpen).toHaveLength(1);
    expect(told.mapEnd).toMatchObject([{ done: 3, failed: 0, why: "done" }]);
    expect(told.poolClose).toMatchObject([{ reason: "shutdown" }]);
  });

  test("a ThreadPoolExecutor tells of itself, its maps and its failures", async () => {
    const told = listen();
    const pool = new ThreadPoolExecutor({ maxWorkers: 2, threadNamePrefix: "pages" });
    await pool.map(async (x: number) => x, [1, 2]).toArray();
    for await (const _ of pool.map(async (x: number) => x, [1, 2, 3])) break;
    await pool.submit(failing).exception();
    await pool.shutdown();
    expect(told.poolOpen).toMatchObject([{ kind: "async", maxWorkers: 2, threadNamePrefix: "pages" }]);
    expect(told.mapStart).toHaveLength(2);
    expect(told.mapEnd[0]).toMatchObject({ done: 2, failed: 0, why: "done" } satisfies Partial<MapEndEvent>);
    expect(told.taskFailed).toMatchObject([{ function: "failing", error: { message: "on purpose" } }]);
    expect(told.poolClose).toMatchObject([{ reason: "shutdown" }]);
    const broken = new ThreadPoolExecutor({ initializer: failing });
    await broken.submit(square, 1).exception();
    await broken.shutdown();
    expect(told.poolClose.at(-1)).toMatchObject({ reason: "broken", error: { name: "BrokenThreadPool" } });
  });

  test("a subscriber that throws fails no task: its error is uncaught, as Node has it", () => {
    const program = fileURLToPath(new URL("./fixtures/throwing-subscriber.mjs", import.meta.url));
    const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: "utf8" });
    const lines = stdout.trimEnd().split("\n");
    expect([status, stderr]).toEqual([0, ""]);
    expect(lines.filter((line) => line !== "uncaught: subscriber")).toEqual(["9", "[ 1, 4 ]"]);
    expect(lines).toContain("uncaught: subscriber");
  });
});
