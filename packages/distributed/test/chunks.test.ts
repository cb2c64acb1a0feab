import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// biome-ignore lint/style/noRestrictedImports: for an input that takes its time.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BrokenProcessPool, SerializationError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { add, dieAt, echo, halve, Money, odd, TooPoor } from "./fixtures/machine-a/tasks.mjs";
import { ask } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const rootA = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const rootB = fileURLToPath(new URL("./fixtures/machine-b", import.meta.url));
const numbers = Array.from({ length: 1_000 }, (_, n) => n);

const notesIn = (folder: string): string[] => readFileSync(join(folder, "notes"), "utf8").trim().split("\n");

describeWithRedis("a map in chunks, over machines", () => {
  let redis: RedisServer;
  let worker: DistributedWorker;
  let executor: DistributedExecutor;

  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await startWorker({ redis: redis.url, root: rootB, slots: 2 });
    executor = new DistributedExecutor({ redis: redis.url, root: rootA });
  });

  afterAll(async () => {
    await executor?.shutdown();
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  test("sends a job for each chunk, and gives the rows' results in order", async () => {
    await executor.submit(add, 1, 1);
    await ask(redis.url, "CONFIG RESETSTAT");
    const map = executor.map(add, numbers, numbers, { chunksize: 300 });
    expect(map.stats().total).toBe(1_000);
    expect(await map.toArray()).toEqual(numbers.map((n) => 2 * n));
    expect(map.stats()).toEqual({ done: 1_000, failed: 0, read: 1_000, total: 1_000 });
    const [, calls] = /cmdstat_xadd:calls=(\d+)/.exec(await ask(redis.url, "INFO commandstats")) ?? [];
    // BullMQ notes a few events for each of the four jobs as well.
    expect(Number(calls)).toBeLessThan(30);
  });

  test("an error of a row is that row's, with its class", async () => {
    const money = [1, 10, 1, 20].map((cents) => new Money(cents));
    const outcomes = await executor.map(halve, money, { chunksize: 3 }).settled().toArray();
    expect(outcomes.map(({ status, index }) => [status, index])).toEqual([
      ["rejected", 0],
      ["fulfilled", 1],
      ["rejected", 2],
      ["fulfilled", 3],
    ]);
    expect(outcomes[2]).toMatchObject({ reason: expect.any(TooPoor) });
    expect(outcomes[3]).toMatchObject({ value: expect.any(Money) });
  });

  test("an argument or a result that cannot be sent costs its row", async () => {
    const symbols = [1, Symbol("x"), 3, 4, 5];
    const sent = await executor.map(echo, symbols, { chunksize: 5 }).settled().toArray();
    expect(sent.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, true, true]);
    expect(sent[1]).toMatchObject({ reason: expect.any(SerializationError), index: 1 });
    const returned = await executor.map(odd, [1, 2, 3, 4], { chunksize: 4 }).settled().toArray();
    expect(returned.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, false]);
    expect(returned[3]).toMatchObject({ reason: expect.any(SerializationError), index: 3 });
  });

  test("a row that kills its process costs that row alone, without a chunksize too", async () => {
    for (const chunksize of [8, "auto"] as const) {
      const folder = mkdtempSync(join(tmpdir(), "cf-rows-"));
      const rows = Array.from({ length: 20 }, (_, n) => n);
      const outcomes = await executor
        .map(dieAt, Array(20).fill(folder), rows, Array(20).fill(11), { chunksize })
        .settled()
        .toArray();
      const failed = outcomes.filter(({ status }) => status === "rejected");
      expect(failed).toMatchObject([{ index: 11, reason: expect.any(BrokenProcessPool) }]);
      expect(notesIn(folder).filter((n) => n === "11")).toHaveLength(1);
      rmSync(folder, { recursive: true });
    }
  });

  test("at most once, the rows before it in its chunk fail with it, and none runs twice", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cf-rows-"));
    await using careful = new DistributedExecutor({
      redis: redis.url,
      root: rootA,
      delivery: "at-most-once",
    });
    const outcomes = await careful
      .map(
        dieAt,
        Array(20).fill(folder),
        Array.from({ length: 20 }, (_, n) => n),
        Array(20).fill(11),
        {
          chunksize: 8,
        },
      )
      .settled()
      .toArray();
    const failed = outcomes.flatMap(({ status, index }) => (status === "rejected" ? [index] : []));
    expect(failed).toEqual([8, 9, 10, 11]);
    expect(notesIn(folder).sort()).toEqual(Array.from({ length: 20 }, (_, n) => String(n)).sort());
    rmSync(folder, { recursive: true });
  });

  test("shares a job without a chunksize, when it is known how short the calls are", async () => {
    await ask(redis.url, "CONFIG RESETSTAT");
    expect(await executor.map(add, numbers, numbers).toArray()).toEqual(numbers.map((n) => 2 * n));
    const [, calls] = /cmdstat_xadd:calls=(\d+)/.exec(await ask(redis.url, "INFO commandstats")) ?? [];
    expect(Number(calls)).toBeLessThan(200);
  });

  test("a function that cannot be sent is each row's error", async () => {
    const outcomes = await executor
      .map(() => 1, [1, 2])
      .settled()
      .toArray();
    expect(outcomes).toMatchObject([
      { reason: expect.any(SerializationError) },
      { reason: expect.any(SerializationError) },
    ]);
  });

  test("takes as they are done, reads ahead no further than asked, and ends early", async () => {
    const seen = await executor.mapUnordered(add, numbers, numbers, { chunksize: 70 }).toArray();
    expect(seen.sort((a, b) => a - b)).toEqual(numbers.map((n) => 2 * n));
    let read = 0;
    let ended = false;
    const endless = function* () {
      try {
        for (;;) yield read++;
      } finally {
        ended = true;
      }
    };
    for await (const value of executor.map(echo, endless(), { chunksize: 10, buffersize: 25 })) {
      if (value === 15) break;
    }
    expect(read).toBeLessThanOrEqual(16 + 25);
    expect(ended).toBe(true);
    const slow = async function* () {
      for (const n of [1, 2, 3]) {
        await sleep(1);
        yield n;
      }
    };
    expect(await executor.map(echo, slow(), { chunksize: 2 }).toArray()).toEqual([1, 2, 3]);
  });
});
