// biome-ignore lint/style/noRestrictedImports: any moment is right.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { add } from "./fixtures/machine-a/tasks.mjs";
import { ask, keysIn } from "./support/keys.ts";
import { RecordingRelay } from "./support/recording-relay.ts";
import { RedisServer, testWithRedis } from "./support/redis-server.ts";
import { WorkerProcess } from "./support/worker-process.ts";

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

/** Bytes that this program's values take, when nothing else does. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

testLong(
  "memory stays flat over 100,000 calls, here, at the worker and in Redis (pnpm stress)",
  async () => {
    await using redis = await RedisServer.start();
    const worker = await WorkerProcess.start({ redis: redis.url, root, slots: 2 });
    await using executor = new DistributedExecutor({ redis: redis.url, root });
    const run = async (calls: number): Promise<void> => {
      for (let from = 0; from < calls; from += 5_000) {
        const futures = Array.from({ length: 5_000 }, (_, n) => executor.submit(add, from + n, 1));
        expect((await Promise.all(futures)).at(-1)).toBe(from + 5_000);
      }
    };
    const look = async () => {
      // What has been read is cut from the stream a moment later.
      await sleep(300);
      const [, used] = /used_memory:(\d+)/.exec(await ask(redis.url, "INFO memory")) ?? [];
      return {
        here: heapUsed(),
        worker: worker.memory(),
        redis: Number(used),
        keys: (await keysIn(redis.url)).length,
      };
    };
    await run(20_000);
    const before = await look();
    await run(100_000);
    const after = await look();
    const mebibyte = 2 ** 20;
    expect(after.keys).toBe(before.keys);
    expect(after.here - before.here).toBeLessThan(4 * mebibyte);
    expect(after.redis - before.redis).toBeLessThan(2 * mebibyte);
    expect(after.worker - before.worker).toBeLessThan(40 * mebibyte);
    await worker.kill();
  },
  600_000,
);

testLong("connections that fall silent, and are never closed, are replaced (pnpm stress)", async () => {
  await using redis = await RedisServer.start();
  await using relay = await RecordingRelay.start(redis.port);
  const common = { redis: relay.url, root, workerLostAfter: 2_000 };
  await using _worker = await startWorker({ ...common, slots: 1 });
  await using executor = new DistributedExecutor(common);
  expect(await executor.submit(add, 1, 1)).toBe(2);
  relay.fallSilent();
  expect(await executor.submit(add, 2, 2)).toBe(4);
});
