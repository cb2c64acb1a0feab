import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BrokenExecutor,
  CancelledError,
  NoWorkersError,
  PayloadTooLargeError,
  RuntimeError,
  TimeoutError,
} from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { add, echo, fail, hold, listen, note, repeat, spin } from "./fixtures/machine-a/tasks.mjs";
import { waitingJobs } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

describeWithRedis("what a submitter can do with its calls", () => {
  let redis: RedisServer;
  let worker: DistributedWorker;
  let executor: DistributedExecutor;
  let folder: string;
  const exists = async (name: string): Promise<void> => {
    await until(() => existsSync(join(folder, name)));
  };
  const lines = (name: string): string[] => readFileSync(join(folder, name), "utf8").trim().split("\n");

  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await startWorker({
      redis: redis.url,
      root,
      slots: 1,
      name: "the worker",
      maxPayload: 1_000_000,
    });
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cf-control-"));
    executor = new DistributedExecutor({ redis: redis.url, root, maxPayload: 1_000_000 });
  });

  afterEach(async () => {
    writeFileSync(join(folder, "go"), "");
    await executor.shutdown({ cancelFutures: true });
    rmSync(folder, { recursive: true, force: true });
  });

  afterAll(async () => {
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  test("cancels what waits, not what has been seen to run", async () => {
    const running = executor.submit(hold, folder, "a");
    const waiting = executor.submit(note, folder, "b");
    await exists("started");
    await until(() => running.running());
    expect(waiting.cancel()).toBe(true);
    expect(running.cancel()).toBe(false);
    writeFileSync(join(folder, "go"), "");
    expect(await running).toBe("a");
    await executor.submit(add, 1, 1);
    expect(existsSync(join(folder, "notes"))).toBe(false);
  });

  test("stops what runs by force: by its signal, or with its process", async () => {
    const listening = executor.submit(listen, folder);
    await exists("started");
    expect(listening.cancel({ force: true })).toBe(true);
    await expect(listening).rejects.toThrow(CancelledError);
    await exists("heard");
    const deaf = executor.submit(spin, 60_000);
    await until(() => deaf.running());
    expect(deaf.cancel({ force: true })).toBe(true);
    expect(await executor.submit(add, 1, 2)).toBe(3);
  });

  test("a call that runs too long fails with TimeoutError, and its slot is free", async () => {
    const late = executor.withOptions({ timeout: 200 }).submit(spin, 60_000);
    expect(await late.exception()).toBeInstanceOf(TimeoutError);
    expect(await executor.submit(add, 1, 2)).toBe(3);
  });

  test("runs by priority, and in the order submitted among equals", async () => {
    const first = executor.submit(hold, folder, "a");
    await exists("started");
    const noted = [-5, 0, 0.5, 5, Number.POSITIVE_INFINITY, 0].map((priority, at) =>
      executor.withOptions({ priority }).submit(note, folder, `${at}: ${priority}`),
    );
    await until(async () => (await waitingJobs(redis.url)) === noted.length);
    writeFileSync(join(folder, "go"), "");
    await first;
    await Promise.all(noted);
    expect(lines("notes")).toEqual(["4: Infinity", "3: 5", "2: 0.5", "1: 0", "5: 0", "0: -5"]);
  });

  test("retries on request", async () => {
    const seen: number[] = [];
    const retryIf = (_error: unknown, attempt: number): boolean => seen.push(attempt) < 3;
    const error = await executor.withOptions({ retries: 5, retryIf }).submit(fail, "no").exception();
    expect(error).toBeInstanceOf(RangeError);
    expect(seen).toEqual([1, 2, 3]);
  });

  test("refuses arguments that are too large, and fails results that are", async () => {
    expect(() => executor.submit(echo, "x".repeat(1_000_001))).toThrow(PayloadTooLargeError);
    const error = await executor.submit(repeat, "x", 1_000_001).exception();
    expect(error).toBeInstanceOf(PayloadTooLargeError);
    expect((error as Error).message).toContain("maxPayload");
  });

  test("shows the workers, and what calls have come to", async () => {
    await executor.submit(add, 1, 2);
    await executor.submit(fail, "no").exception();
    const [info, ...others] = await executor.workers();
    expect(others).toEqual([]);
    expect(info).toMatchObject({ id: worker.id, name: "the worker", pid: process.pid, slots: 1 });
    expect(info?.node).toBe(process.version);
    const stats = executor.stats();
    expect(stats).toMatchObject({ workers: 1, pending: 0, running: 0, done: 1, failed: 1, cancelled: 0 });
    expect(stats.byFunction.map(({ name, calls }) => [name, calls])).toEqual([
      ["add", 1],
      ["fail", 1],
    ]);
  });

  test("cannot block this thread for a result", async () => {
    const future = executor.submit(add, 1, 2);
    expect(() => future.resultSync()).toThrow(RuntimeError);
    await future;
    expect(future.resultSync()).toBe(3);
  });
});

describeWithRedis("nobody there", () => {
  test("no worker for too long: NoWorkersError", async () => {
    await using redis = await RedisServer.start();
    await using executor = new DistributedExecutor({ redis: redis.url, root, noWorkerTimeout: 300 });
    expect(await executor.submit(add, 1, 2).exception()).toBeInstanceOf(NoWorkersError);
  });

  test("no Redis for too long: BrokenExecutor", async () => {
    await using executor = new DistributedExecutor({
      redis: "redis://127.0.0.1:1",
      root,
      connectionLostAfter: 300,
    });
    expect(await executor.submit(add, 1, 2).exception()).toBeInstanceOf(BrokenExecutor);
  });

  test("a worker that finds no Redis does not start", async () => {
    await expect(startWorker({ redis: "redis://127.0.0.1:1", root })).rejects.toThrow(/ECONNREFUSED/);
  });
});
