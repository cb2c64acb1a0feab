import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CancelledError, RuntimeError, SerializationError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  add,
  context,
  echo,
  fail,
  geometry,
  halve,
  Money,
  machine,
  TooPoor,
} from "./fixtures/machine-a/tasks.mjs";
import { ask, keysIn } from "./support/keys.ts";
import { describeWithRedis, RedisServer, testWithRedis } from "./support/redis-server.ts";

const rootA = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const rootB = fileURLToPath(new URL("./fixtures/machine-b", import.meta.url));

describeWithRedis("DistributedExecutor and a worker with a root of its own", () => {
  let redis: RedisServer;
  let worker: DistributedWorker;
  let executor: DistributedExecutor;

  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await startWorker({ redis: redis.url, root: rootB, slots: 2 });
    executor = new DistributedExecutor({ redis: redis.url, root: rootA });
  });

  afterAll(async () => {
    await executor?.shutdown();
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  test("runs a function of the other side's module of the same name", async () => {
    expect(await executor.submit(add, 2, 3)).toBe(5);
    expect(await executor.submit(machine)).toBe("b");
    expect(await executor.submit(geometry.area, 2, 3)).toBe(6);
  });

  test("maps in the order of the input", async () => {
    const results = await executor.map(add, [1, 2, 3], [10, 20, 30]).toArray();
    expect(results).toEqual([11, 22, 33]);
  });

  test("carries what other executors carry", async () => {
    const value = {
      map: new Map([[1, new Set(["a"])]]),
      date: new Date(0),
      bytes: new Uint8Array([1, 2]),
      big: 2n ** 70n,
    };
    expect(await executor.submit(echo, value)).toEqual(value);
    const large = "x".repeat(300_000);
    expect(await executor.submit(echo, large)).toBe(large);
  });

  test("brings errors back with their class, cause and the worker's stack", async () => {
    const error = (await executor.submit(fail, "too far").exception()) as RangeError;
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe("too far");
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toContain("machine-b");
  });

  test("brings instances and own error classes both ways", async () => {
    const half = await executor.submit(halve, new Money(10));
    expect(half).toBeInstanceOf(Money);
    expect(half.cents).toBe(5);
    const error = (await executor.submit(halve, new Money(1)).exception()) as InstanceType<typeof TooPoor>;
    expect(error).toBeInstanceOf(TooPoor);
    expect(error.cents).toBe(1);
  });

  test("tells the task its name", async () => {
    const seen = await executor.withOptions({ name: "a name" }).submit(context);
    expect(seen).toMatchObject({ name: "a name", attempt: 1 });
  });

  test("refuses at submit what no worker could run", () => {
    expect(() => executor.submit(() => 1)).toThrow(SerializationError);
    expect(() => executor.submit(() => 1)).toThrow(/module of its own/);
    expect(() => executor.submit(fileURLToPath, "file:///x")).toThrow(/Node's own/);
    expect(() => executor.submit(echo, Symbol("x"))).toThrow(SerializationError);
  });
});

testWithRedis("leaves nothing in Redis after the shutdown of executor and worker", async () => {
  await using redis = await RedisServer.start();
  const worker = await startWorker({ redis: redis.url, root: rootB, slots: 2 });
  const executor = new DistributedExecutor({ redis: redis.url, root: rootA });
  await executor.map(add, Array(50).fill(1), Array(50).fill(2)).toArray();
  await executor.submit(echo, "x".repeat(100_000));
  await executor.shutdown();
  expect(() => executor.submit(add, 1, 2)).toThrow(RuntimeError);
  await worker.close();
  expect(await keysIn(redis.url)).toEqual([]);
});

testWithRedis("lets many short calls travel together, each with its own outcome", async () => {
  await using redis = await RedisServer.start();
  await using _worker = await startWorker({ redis: redis.url, root: rootB, slots: 2 });
  await using executor = new DistributedExecutor({ redis: redis.url, root: rootA });
  const numbers = Array.from({ length: 3_000 }, (_, n) => n);
  // How long it takes is known then, and no worker has yet to start.
  await executor.submit(add, 1, 1);
  await ask(redis.url, "CONFIG RESETSTAT");
  const futures = numbers.map((n) => executor.submit(add, n, 1));
  futures[2_500]?.cancel();
  const results = await executor.map(add, numbers, numbers).toArray();
  expect(results).toEqual(numbers.map((n) => 2 * n));
  const outcomes = await Promise.all(futures.map((future) => future.exception().catch((error) => error)));
  expect(outcomes.filter((outcome) => outcome !== null)).toEqual([expect.any(CancelledError)]);
  expect(await futures[1_234]).toBe(1_235);
  // A job takes two scripts of BullMQ at least, and there were two calls for each number.
  const scripts = /cmdstat_evalsha:calls=(\d+)/.exec(await ask(redis.url, "INFO commandstats"));
  expect(Number(scripts?.[1])).toBeLessThan(3 * numbers.length);
});

testWithRedis("lets a program end that does not shut it down", async () => {
  await using redis = await RedisServer.start();
  await using _worker = await startWorker({ redis: redis.url, root: rootB, slots: 1 });
  const program = fileURLToPath(new URL("./fixtures/without-shutdown.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, redis.url], { timeout: 20_000 });
  expect(stdout).toBe("3\n");
});

testWithRedis(
  "lasts, after its connections were lost, as long as a call does, and lets the program end then",
  async () => {
    await using redis = await RedisServer.start();
    await using _worker = await startWorker({ redis: redis.url, root: rootB, slots: 1 });
    const folder = mkdtempSync(join(tmpdir(), "cf-reconnect-"));
    const program = fileURLToPath(new URL("./fixtures/after-reconnect.mjs", import.meta.url));
    const child = spawn(process.execPath, [program, redis.url, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit");
    const said: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      said.push(line);
      if (line === "reconnected") writeFileSync(join(folder, "go"), "");
    }
    expect([said, await exit]).toEqual([
      ["reconnected", "held", "idle"],
      [0, null],
    ]);
    rmSync(folder, { recursive: true, force: true });
  },
);
