import { fileURLToPath } from "node:url";
import { RuntimeError } from "@concurrent-futures/core";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { expect, jest } from "@jest/globals";
import { add } from "./fixtures/machine-a/tasks.mjs";
import { ask } from "./support/keys.ts";
import { RecordingRelay } from "./support/recording-relay.ts";
import { RedisServer, testWithRedis } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

testWithRedis("a server that is too old is refused by worker and executor, which say so", async () => {
  await using redis = await RedisServer.start();
  await using relay = await RecordingRelay.start(redis.port, (text) =>
    text.replace(/redis_version:\d\.\d/g, "redis_version:6.0"),
  );
  const url = `redis://127.0.0.1:${relay.port}`;
  const refusal = /Expected Redis 6\.2 or later, got 6\.0/;
  await expect(startWorker({ redis: url, root, slots: 1 })).rejects.toThrow(refusal);
  await using executor = new DistributedExecutor({ redis: url, root });
  for (const future of [executor.submit(add, 1, 1), executor.submit(add, 2, 2)]) {
    const error = await future.exception();
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toMatch(refusal);
  }
  expect(await executor.submit(add, 1, 1).exception()).toBeInstanceOf(RuntimeError);
});

testWithRedis("a server that drops keys when it is full is warned of, once", async () => {
  const said = jest.spyOn(console, "warn").mockImplementation(() => {});
  await using redis = await RedisServer.start();
  await ask(redis.url, "CONFIG SET maxmemory-policy allkeys-lru");
  const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
  {
    await using _worker = await startWorker({ redis: redis.url, root, slots: 1 });
    await using executor = new DistributedExecutor({ redis: redis.url, root });
    expect(await executor.submit(add, 1, 2)).toBe(3);
  }
  const own = warned.mock.calls.filter(
    ([, options]) => (options as { code?: string })?.code === "CF_REDIS_EVICTION",
  );
  // BullMQ would say it too, for each connection.
  const others = [...said.mock.calls];
  warned.mockRestore();
  said.mockRestore();
  expect(others).toEqual([]);
  expect(own).toMatchObject([[expect.stringMatching(/allkeys-lru.*noeviction/), {}]]);
});

testWithRedis(
  "a server that keeps nothing is warned of, once; one that writes a log or snapshots is not",
  async () => {
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    const warnings = () =>
      warned.mock.calls.filter(
        ([, options]) => (options as { code?: string })?.code === "CF_REDIS_PERSISTENCE",
      );
    try {
      await using redis = await RedisServer.start();
      const look = async (): Promise<number> => {
        await using _worker = await startWorker({ redis: redis.url, root, slots: 1 });
        await using executor = new DistributedExecutor({ redis: redis.url, root });
        expect(await executor.submit(add, 1, 2)).toBe(3);
        return warnings().length;
      };
      expect(await look()).toBe(0);
      await ask(redis.url, "CONFIG SET appendonly no");
      await ask(redis.url, 'CONFIG SET save "3600 1"');
      expect(await look()).toBe(0);
      await ask(redis.url, 'CONFIG SET save ""');
      expect(await look()).toBe(1);
      expect(warnings()[0]?.[0]).toMatch(/memory only.*appendonly to yes/);
    } finally {
      warned.mockRestore();
    }
  },
);
