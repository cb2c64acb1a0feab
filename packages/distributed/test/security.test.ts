import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError, ValueError } from "@concurrent-futures/core";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { add, geometry } from "./fixtures/machine-a/tasks.mjs";
import { ForgedJobs } from "./support/forged-jobs.ts";
import { ask } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const rootA = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const authkey = "a key of both sides";

describeWithRedis("with a key", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis?.[Symbol.asyncDispose]());

  test("closures travel where both sides allow code", async () => {
    await using _worker = await startWorker({
      redis: redis.url,
      root: rootA,
      slots: 1,
      authkey,
      allowCode: true,
    });
    await using executor = new DistributedExecutor({
      redis: redis.url,
      root: rootA,
      authkey,
      allowCode: true,
    });
    const factor = 3;
    expect(await executor.submit((n: number) => n * factor, 4)).toBe(12);
    expect(await executor.submit(add, 1, 2)).toBe(3);
    await using byNameOnly = new DistributedExecutor({ redis: redis.url, root: rootA, authkey });
    expect(() => byNameOnly.submit(() => factor)).toThrow(/allowCode/);
  });

  test("a worker that does not allow code runs none", async () => {
    await using _worker = await startWorker({ redis: redis.url, root: rootA, slots: 1, authkey, queue: "b" });
    await using executor = new DistributedExecutor({
      redis: redis.url,
      root: rootA,
      authkey,
      allowCode: true,
      queue: "b",
    });
    const error = await executor.submit(() => 1).exception();
    expect(error).toBeInstanceOf(SerializationError);
    expect((error as Error).message).toContain("allowCode");
  });

  test.each([
    ["the worker's alone", undefined, authkey],
    ["the executor's alone", authkey, undefined],
    ["another one on each side", authkey, "the key of others"],
  ])("a key that is %s: nothing runs, and it says why", async (_which, ofExecutor, ofWorker) => {
    const queue = `k${String(ofExecutor?.length)}${String(ofWorker?.length)}`;
    const keyed = (key: string | undefined) => (key === undefined ? {} : { authkey: key });
    await using _worker = await startWorker({
      redis: redis.url,
      root: rootA,
      slots: 1,
      queue,
      ...keyed(ofWorker),
    });
    await using executor = new DistributedExecutor({
      redis: redis.url,
      root: rootA,
      queue,
      ...keyed(ofExecutor),
    });
    const error = await executor.submit(add, 1, 2).exception();
    expect(error).toBeInstanceOf(SerializationError);
    expect((error as Error).message).toContain("authkey");
  });

  test("a job that was changed on its way does not run, though its proof was right", async () => {
    await using executor = new DistributedExecutor({
      redis: redis.url,
      root: rootA,
      authkey,
      queue: "changed",
    });
    const future = executor.submit(add, 1, 2);
    const base = "{cf:changed}:changed";
    let id: string | undefined;
    while (id === undefined)
      [id] = /c[0-9a-f]+-\d+/.exec(await ask(redis.url, `ZRANGE ${base}:prioritized 0 -1`)) ?? [];
    const data = /^\{.*$/m.exec(await ask(redis.url, `HGET ${base}:${id} data`))?.[0] as string;
    const changed = data.trim().replace('"p":["add"]', '"p":["machine"]');
    expect(changed).not.toBe(data.trim());
    await ask(redis.url, `HSET ${base}:${id} data '${changed}'`);
    await using _worker = await startWorker({
      redis: redis.url,
      root: rootA,
      slots: 1,
      authkey,
      queue: "changed",
    });
    expect(await future.exception()).toMatchObject({
      name: "SerializationError",
      message: expect.stringContaining("authkey"),
    });
  });

  test("code without a key is refused on both sides", async () => {
    expect(() => new DistributedExecutor({ redis: redis.url, allowCode: true })).toThrow(ValueError);
    await expect(startWorker({ redis: redis.url, allowCode: true })).rejects.toThrow(/authkey/);
    expect(() => new DistributedExecutor({ redis: redis.url, authkey: "" })).toThrow(ValueError);
  });
});

describeWithRedis("a job that a stranger wrote", () => {
  let redis: RedisServer;
  let worker: Awaited<ReturnType<typeof startWorker>>;
  let forged: ForgedJobs;
  beforeAll(async () => {
    redis = await RedisServer.start();
    const root = mkdtempSync(join(tmpdir(), "cf-root-"));
    writeFileSync(
      join(root, "tasks.mjs"),
      "export const f = () => 'ran'; export const o = { g: () => 'ran' };",
    );
    symlinkSync(join(rootA, "tasks.mjs"), join(root, "link.mjs"));
    worker = await startWorker({ redis: redis.url, root, slots: 1 });
    forged = new ForgedJobs(redis.url, "default");
  });
  afterAll(async () => {
    forged?.close();
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  const args = encodeForNetwork([], { name: "arguments" });

  test("runs only what is exported below the root", async () => {
    expect(await forged.run({ m: "./tasks", p: ["f"] }, args)).toEqual({ value: "ran" });
    expect(await forged.run({ m: "./tasks", p: ["o", "g"] }, args)).toEqual({ value: "ran" });
  });

  test.each([
    ["node:fs", ["readFileSync"]],
    ["fs", ["readFileSync"]],
    ["../x", ["f"]],
    ["./../x", ["f"]],
    ["file:///etc/passwd", ["f"]],
    ["./node_modules/x", ["f"]],
    ["./link", ["add"]],
    ["./missing", ["f"]],
    ["./tasks%2e", ["f"]],
    ["./tasks", ["f", "constructor"]],
    ["./tasks", ["o", "__proto__", "toString"]],
    ["./tasks", ["constructor"]],
    ["./tasks", ["f", "call"]],
    ["data:text/javascript,export const f = 1", ["f"]],
  ])("the function %s %j is refused", async (m, p) => {
    expect(await forged.run({ m, p }, args)).toMatchObject({ error: expect.any(SerializationError) });
  });

  test("code is refused, and arguments that are no message", async () => {
    expect(await forged.run(undefined, args, { c: 1, extra: Buffer.from("x") })).toMatchObject({
      error: { message: expect.stringContaining("allowCode") },
    });
    expect(await forged.run({ m: "./tasks", p: ["f"] }, Buffer.from([1, 2, 3]))).toMatchObject({
      error: expect.any(SerializationError),
    });
  });

  test("data of any other kind costs the worker nothing", async () => {
    for (const data of [
      null,
      1,
      "x",
      [],
      {},
      { v: 1 },
      { v: 1, r: "c", n: 1e9, f: { m: "./tasks", p: ["f"] }, b: "" },
    ]) {
      await forged.add("cx-1", data);
    }
    expect(await forged.run({ m: "./tasks", p: ["f"] }, args)).toEqual({ value: "ran" });
    expect(geometry.area(1, 2)).toBe(2);
  });
});

describeWithRedis("a reply that a stranger wrote", () => {
  let redis: RedisServer;
  let forged: ForgedJobs;
  beforeAll(async () => {
    redis = await RedisServer.start();
    forged = new ForgedJobs(redis.url, "default");
  });
  afterAll(async () => {
    forged?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  class Surprise {}
  const exports = {
    source: { find: () => ({ url: "file:///unloaded.mjs", path: ["Surprise"] }) } as never,
    nameOf: () => ({ module: "./unloaded", path: ["Surprise"] }),
  };
  const surprise = encodeForNetwork(new Surprise(), { name: "it", exports });

  test("imports nothing: what the program has not loaded is refused", async () => {
    await using executor = new DistributedExecutor({ redis: redis.url, root: rootA });
    const future = executor.submit(add, 1, 2);
    await forged.reply(await forged.waiting(), ["./unloaded"], surprise);
    expect(await future.exception()).toMatchObject({
      name: "SerializationError",
      message: expect.stringContaining("has not been loaded by this program"),
    });
    expect((globalThis as { unloadedWasImported?: boolean }).unloadedWasImported).toBeUndefined();
  });
});
