import { fileURLToPath } from "node:url";
import { DistributedExecutor } from "@concurrent-futures/distributed";
import { expect } from "@jest/globals";
import { add, spin } from "./fixtures/machine-a/tasks.mjs";
import { RedisServer, testWithRedis } from "./support/redis-server.ts";
import { WorkerProcess } from "./support/worker-process.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
/** Calls, and milliseconds for which the executor's thread is blocked; the long form is `pnpm stress`. */
const [calls, blocked] = process.env["STRESS"] === "1" ? [10_000, 5_000] : [1_000, 1_500];

testWithRedis(
  "an executor whose thread is blocked for longer than it may be silent has all results, each call once or more",
  async () => {
    await using redis = await RedisServer.start();
    await using _worker = await WorkerProcess.start({ redis: redis.url, root, slots: 2 });
    await using executor = new DistributedExecutor({ redis: redis.url, root, orphanAfter: 300 });
    await executor.submit(add, 0, 0);
    const numbers = Array.from({ length: calls }, (_, n) => n);
    const map = executor.map(add, numbers, numbers, { chunksize: 1 }).toArray();
    const slow = [1, 2, 3, 4].map(() => executor.submit(spin, 200));
    // What has left by then goes on; the rest is taken for an orphan's, and is not run.
    // biome-ignore lint/style/noRestrictedGlobals: some have left by then, and some have not; either is right.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + blocked;
    while (performance.now() < until);
    expect(await map).toEqual(numbers.map((n) => 2 * n));
    expect(await Promise.all(slow)).toEqual(Array(4).fill("spun"));
  },
);
