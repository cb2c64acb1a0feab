// biome-ignore lint/style/noRestrictedImports: any moment is right.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { add } from "./fixtures/machine-a/tasks.mjs";
import { ask } from "./support/keys.ts";
import { RedisServer, testWithRedis } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const isLong = process.env["STRESS"] === "1";
/** Calls, and kills of Redis among them; the long form is `pnpm stress`. */
const [calls, kills] = isLong ? [10_000, 10] : [600, 1];

/** Waits for a lost stream to be missed, which takes seconds: only with `pnpm stress`. */
const testLong = isLong ? testWithRedis : test.skip;

testWithRedis(
  `no result is lost or wrong when Redis is killed ${kills} times among ${calls} calls`,
  async () => {
    const [seed] = fc.sample(fc.integer(), 1);
    const random = fc.sample(fc.nat(400), { numRuns: kills, seed: seed as number });
    await using redis = await RedisServer.start();
    const common = { redis: redis.url, root, workerLostAfter: 2_000 };
    await using _worker = await startWorker({ ...common, slots: 2 });
    await using executor = new DistributedExecutor(common);
    await executor.submit(add, 1, 1);
    const futures = Array.from({ length: calls / 2 }, (_, n) => executor.submit(add, n, 1));
    // The other half comes while Redis comes and goes.
    const rest = (async () => {
      for (let n = calls / 2; n < calls; n++) {
        futures.push(executor.submit(add, n, 1));
        if (n % 100 === 0) await sleep(10);
      }
    })();
    for (const moment of random) {
      await sleep(moment);
      await redis.kill();
      await redis.run();
    }
    await rest;
    const results = await Promise.all(futures);
    expect([seed, results]).toEqual([seed, futures.map((_, n) => n + 1)]);
  },
);

testLong("a stream of replies that begins anew below what was read (pnpm stress)", async () => {
  await using redis = await RedisServer.start();
  const common = { redis: redis.url, root, workerLostAfter: 1_000 };
  await using _worker = await startWorker({ ...common, slots: 1 });
  await using executor = new DistributedExecutor(common);
  await executor.submit(add, 1, 1);
  const keys = await ask(redis.url, "KEYS *:lease:*");
  const client = /lease:(c[0-9a-f]+)/.exec(keys)?.[1];
  const stream = `{cf:default}:default:reply:${client}`;
  await ask(redis.url, `XADD ${stream} ${Date.now() + 10_000_000}-1 x y`);
  // Read, or the next one would not be below it.
  expect(await executor.submit(add, 1, 2)).toBe(3);
  await ask(redis.url, `DEL ${stream}`);
  expect(await executor.submit(add, 3, 4)).toBe(7);
});
