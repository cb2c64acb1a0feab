import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SerializationError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { add, echo, halve, Money, odd, TooPoor } from "./fixtures/machine-a/tasks.mjs";
import { ask } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const rootA = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const rootB = fileURLToPath(new URL("./fixtures/machine-b", import.meta.url));
const numbers = Array.from({ length: 1_000 }, (_, n) => n);

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

  test("an argument or a result that cannot travel costs its row", async () => {
    const symbols = [1, Symbol("x"), 3, 4, 5];
    const sent = await executor.map(echo, symbols, { chunksize: 5 }).settled().toArray();
    expect(sent.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, true, true]);
    expect(sent[1]).toMatchObject({ reason: expect.any(SerializationError), index: 1 });
    const returned = await executor.map(odd, [1, 2, 3, 4], { chunksize: 4 }).settled().toArray();
    expect(returned.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, false]);
    expect(returned[3]).toMatchObject({ reason: expect.any(SerializationError), index: 3 });
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
    expect(read).toBeLessThanOrEqual(40);
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
