import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asCompleted } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { inQuarters } from "./fixtures/machine-a/slow.mjs";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const rootA = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const rootB = fileURLToPath(new URL("./fixtures/machine-b", import.meta.url));

describeWithRedis("a call on another machine that says how far it is", () => {
  let redis: RedisServer;
  let worker: DistributedWorker;
  let executor: DistributedExecutor;
  const folder = mkdtempSync(join(tmpdir(), "cf-progress-"));
  const goOn = (id: string, quarter: number): void => writeFileSync(join(folder, `${id}-${quarter}`), "");
  const untilShare = async (underWay: () => number, share: number): Promise<void> => {
    await until(() => Math.abs(underWay() - share) <= 0.01);
  };

  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await startWorker({ redis: redis.url, root: rootB, slots: 2 });
    executor = new DistributedExecutor({ redis: redis.url, root: rootA });
  });

  afterAll(async () => {
    await executor?.shutdown();
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("moves the bar of those that wait for futures", async () => {
    const futures = ["a", "b"].map((id) => executor.submit(inQuarters, folder, id));
    const waiting = asCompleted(futures);
    const underWay = (): number => waiting.underWay();
    await untilShare(underWay, 0.5);
    expect(futures.every((future) => future.running())).toBe(true);
    goOn("a", 1);
    await untilShare(underWay, 0.75);
    for (const id of ["a", "b"]) for (const quarter of [1, 2, 3]) goOn(id, quarter);
    expect(await Promise.all(futures)).toEqual(["a", "b"]);
    expect(underWay()).toBe(0);
  });

  test("moves that of a map, whose rows share a job", async () => {
    const map = executor.map(inQuarters, [folder, folder, folder], ["c", "d", "e"], { chunksize: 3 });
    const underWay = (): number => map.underWay();
    for (const [at, id] of ["c", "d", "e"].entries()) {
      for (const quarter of [1, 2, 3]) {
        await untilShare(underWay, quarter / 4);
        expect(map.stats().done).toBe(at);
        goOn(id, quarter);
      }
    }
    expect(await map.toArray()).toEqual(["c", "d", "e"]);
    expect(underWay()).toBe(0);
  });
});
