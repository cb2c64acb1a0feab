// biome-ignore lint/style/noRestrictedImports: any moment is right.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CancelledError } from "@concurrent-futures/core";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { expect } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../conformance/test/support/waiting.ts";
import { add } from "./fixtures/machine-a/tasks.mjs";
import { keysIn } from "./support/keys.ts";
import { RedisServer, testWithRedis } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
/** Orders of cancelling and running; `pnpm stress` tries more. */
const numRuns = process.env["STRESS"] === "1" ? 1_000 : 60;

testWithRedis("whenever a call is cancelled, it has one outcome, and nothing of it stays", async () => {
  await using redis = await RedisServer.start();
  await using _worker = await startWorker({ redis: redis.url, root, slots: 2 });
  await using executor = new DistributedExecutor({ redis: redis.url, root });
  const before = await executor.submit(add, 0, 0).then(() => keysIn(redis.url));
  const cancels = fc.record({
    wait: fc.constantFrom<number | "tick" | "turn">("tick", "turn", 0, 1, 2, 4),
    force: fc.boolean(),
    alone: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(cancels, { minLength: 1, maxLength: 8 }), async (orders) => {
      const alone = executor.withOptions({ timeout: 60_000 });
      await Promise.all(
        orders.map(async ({ wait, force, alone: isAlone }, n) => {
          const future = (isAlone ? alone : executor).submit(add, n, 1);
          let settled = 0;
          future.addDoneCallback(() => settled++);
          if (wait === "tick") await undefined;
          else if (wait === "turn") await new Promise(setImmediate);
          else await sleep(wait);
          const wasDone = future.done();
          const isCancelled = future.cancel({ force });
          // A call that has its outcome keeps it, and only a running one may refuse.
          if (wasDone) expect(isCancelled).toBe(false);
          if (isCancelled) await expect(future.result()).rejects.toThrow(CancelledError);
          else expect(await future).toBe(n + 1);
          expect(settled).toBe(1);
        }),
      );
    }),
    { numRuns },
  );
  const { done, cancelled, failed, pending } = executor.stats();
  expect([failed, pending]).toEqual([0, 0]);
  expect(done > 0 && cancelled > 0).toBe(true);
  const jobs = async (): Promise<string[]> =>
    (await keysIn(redis.url)).filter((key) => /:c[0-9a-f]+-\d+/.test(key));
  await until(async () => (await jobs()).length === 0);
  expect(before.length).toBeGreaterThan(0);
});
