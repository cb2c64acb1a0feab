import { fileURLToPath } from "node:url";
import { PayloadTooLargeError, SerializationError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { echo, repeat } from "./fixtures/machine-a/tasks.mjs";
import { ask, keysIn, waitingJobs } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

describeWithRedis("arguments and results of all sizes", () => {
  let redis: RedisServer;
  let executor: DistributedExecutor;
  let worker: DistributedWorker | undefined;
  const start = async (): Promise<void> => {
    worker = await startWorker({ redis: redis.url, root, slots: 2, workerLostAfter: 1_000 });
  };
  const payloads = async (): Promise<string[]> =>
    (await keysIn(redis.url)).filter((key) => key.includes(":payload:"));
  const untilWaiting = async (count: number): Promise<void> => {
    await until(async () => (await waitingJobs(redis.url)) === count);
  };

  beforeEach(async () => {
    redis = await RedisServer.start();
    executor = new DistributedExecutor({ redis: redis.url, root, workerLostAfter: 1_000 });
  });

  afterEach(async () => {
    await executor.shutdown({ cancelFutures: true });
    await worker?.close();
    worker = undefined;
    await redis[Symbol.asyncDispose]();
  });

  test("around the size from which arguments have a key of their own, which goes with the call", async () => {
    const sizes = Array.from({ length: 41 }, (_, n) => 65_500 + n);
    const texts = sizes.map((size) => "x".repeat(size));
    const futures = texts.map((text) => executor.submit(echo, text));
    await untilWaiting(sizes.length);
    // The border lies among them: some have a key, some have none.
    const keys = (await payloads()).length;
    expect(keys > 0 && keys < sizes.length).toBe(true);
    await start();
    expect(await Promise.all(futures)).toEqual(texts);
    await until(async () => (await payloads()).length === 0);
  });

  test("one byte more than may be", async () => {
    await start();
    await using small = new DistributedExecutor({ redis: redis.url, root, maxPayload: 10_000 });
    let most = 9_900;
    for (; ; most++) {
      try {
        small.submit(echo, "x".repeat(most + 1)).cancel();
      } catch (error) {
        expect(error).toBeInstanceOf(PayloadTooLargeError);
        expect((error as Error).message).toContain("10001 bytes");
        break;
      }
    }
    expect(await small.submit(echo, "x".repeat(most))).toHaveLength(most);
    expect(await executor.submit(repeat, "x", 33 * 2 ** 20).exception()).toBeInstanceOf(PayloadTooLargeError);
  });

  test("arguments that Redis has lost fail their call, which says so", async () => {
    const future = executor.submit(echo, "x".repeat(100_000));
    await untilWaiting(1);
    const [key] = await payloads();
    await ask(redis.url, `DEL ${key}`);
    await start();
    const error = await future.exception();
    expect(error).toBeInstanceOf(SerializationError);
    expect((error as Error).message).toContain("not in Redis any more");
  });

  test("after the loss of Redis's data they are sent again, with what lay beside the job", async () => {
    const texts = ["a", "b", "c"].map((letter) => letter.repeat(100_000));
    const futures = texts.map((text) => executor.submit(echo, text));
    await untilWaiting(3);
    await ask(redis.url, "FLUSHALL");
    await start();
    expect(await Promise.all(futures)).toEqual(texts);
  });
});
