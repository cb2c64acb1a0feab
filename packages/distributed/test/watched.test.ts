import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { fileURLToPath } from "node:url";
import { type ChannelEvents, channelNames } from "@concurrent-futures/core/channels";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { expect } from "@jest/globals";
import { add, fail } from "./fixtures/machine-a/tasks.mjs";
import { RedisServer, testWithRedis } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

type Name = keyof ChannelEvents;

/** What is published on some channels, from now on. */
function listen<N extends Name>(...names: N[]) {
  const seen: { readonly name: N; readonly event: ChannelEvents[N] }[] = [];
  const listeners = names.map((name) => {
    const listener = (event: unknown): void => {
      const results = event as ChannelEvents["batchResults"];
      // Only while it is delivered.
      const preview = name === "batchResults" ? { preview: results.argumentOf(results.from) } : {};
      seen.push({ name, event: { ...(event as ChannelEvents[N]), ...preview } });
    };
    subscribe(channelNames[name], listener);
    return () => unsubscribe(channelNames[name], listener);
  });
  return {
    of: <K extends N>(name: K) =>
      seen.filter((one) => one.name === name).map(({ event }) => event as ChannelEvents[K]),
    [Symbol.dispose]() {
      for (const end of listeners) end();
    },
  };
}

testWithRedis("those who watch pools see an executor's calls on other machines", async () => {
  await using redis = await RedisServer.start();
  await using _worker = await startWorker({ redis: redis.url, root, slots: 1 });
  using seen = listen("poolOpen", "poolClose", "batchResults", "taskFailed");
  const executor = new DistributedExecutor({ redis: redis.url, root });
  const numbers = Array.from({ length: 300 }, (_, n) => n);
  await executor.map(add, numbers, numbers, { chunksize: 100 }).toArray();
  // The worker's own pool is in this process as well.
  const opened = seen.of("poolOpen").filter(({ kind }) => kind === "distributed");
  const [{ pool, stats }] = opened as [ChannelEvents["poolOpen"]];
  const results = seen.of("batchResults").filter((event) => event.pool === pool);
  expect(results.map(({ count }) => count).reduce((a, b) => a + b)).toBe(300);
  expect(results[0]).toMatchObject({
    function: "add",
    workerId: 1,
    failed: 0,
    preview: "0 (number), 0 (number)",
  });
  const error = await executor.submit(fail, "no").exception();
  // Told right after whoever has asked first.
  await new Promise(setImmediate);
  expect(seen.of("taskFailed")).toMatchObject([{ function: "fail", error }]);
  expect(stats()).toMatchObject({ pool, done: 300, failed: 1, pending: 0 });
  expect(stats().byFunction).toMatchObject([
    { name: "add", calls: 300 },
    { name: "fail", calls: 1, failed: 1 },
  ]);
  await executor.shutdown();
  expect(seen.of("poolClose")).toMatchObject([{ pool, reason: "shutdown" }]);
});
