import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CancelledError, JobLostError, ValueError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { add, echo, fail, hold, spin } from "./fixtures/machine-a/tasks.mjs";
import { ask, waitingJobs } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

describeWithRedis("a call that its executor lets go of", () => {
  let redis: RedisServer;
  let worker: DistributedWorker;
  let folder: string;
  const open = (): DistributedExecutor =>
    new DistributedExecutor({ redis: redis.url, root, workerLostAfter: 1_000, authkey: "of all sides" });

  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await startWorker({
      redis: redis.url,
      root,
      slots: 1,
      workerLostAfter: 1_000,
      authkey: "of all sides",
    });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cf-detached-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(async () => {
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  test("runs after the shutdown, and another executor has its outcome, more than once", async () => {
    const first = open();
    const running = first.submit(hold, folder, "a");
    await until(() => existsSync(join(folder, "started")));
    const waiting = first.submit(add, 1, 2);
    const large = first.submit(echo, "x".repeat(100_000));
    await until(async () => (await waitingJobs(redis.url)) === 2);
    const ids = [running, waiting, large].map((future) => first.detach(future));
    await expect(running).rejects.toThrow(CancelledError);
    // In one breath, before anything has left.
    ids.push(first.detach(first.submit(fail, "no")));
    await first.shutdown();
    await ask(redis.url, `DEL {cf:default}:default:lease:${ids[0]?.split("-")[0]}`);
    await using second = open();
    const [held, sum, text, failed] = ids.map((id) => second.attach(id));
    writeFileSync(join(folder, "go"), "");
    expect(await Promise.all([held, sum, text])).toEqual(["a", 3, "x".repeat(100_000)]);
    expect(await failed?.exception()).toBeInstanceOf(RangeError);
    expect(await second.attach(ids[1] as string)).toBe(3);
  });

  test("is passed on by an executor that has read its outcome", async () => {
    await using first = open();
    const id = first.detach(first.submit(add, 3, 4));
    await first.submit(add, 1, 1);
    await using second = open();
    expect(await second.attach(id)).toBe(7);
  });

  test("has its outcome also where the word that it runs comes along with it", async () => {
    await using executor = open();
    // Worth telling after 30 ms, and told 30 ms later, or with the result.
    for (const time of [40, 45, 50]) {
      expect(await executor.attach(executor.detach(executor.submit(spin, time)))).toBe("spun");
    }
  });

  test("can be cancelled by who attaches it", async () => {
    await using executor = open();
    const held = executor.submit(hold, folder, "a");
    await until(() => held.running());
    const id = executor.detach(executor.submit(hold, folder, "b"));
    await until(async () => (await waitingJobs(redis.url)) === 1);
    expect(executor.attach(id).cancel()).toBe(true);
    writeFileSync(join(folder, "go"), "");
    expect(await held).toBe("a");
    expect(await executor.submit(add, 1, 1)).toBe(2);
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(join(folder, "started"), "utf8")).toBe("a\n");
  });

  test("of which nothing is known is lost, and what is no id is refused", async () => {
    await using executor = open();
    expect(await executor.attach("c0123456789abcdef-1.0.1").exception()).toBeInstanceOf(JobLostError);
    expect(() => executor.attach("nothing")).toThrow(ValueError);
    const done = executor.submit(add, 1, 1);
    await done;
    expect(() => executor.detach(done)).toThrow(ValueError);
  });
});
