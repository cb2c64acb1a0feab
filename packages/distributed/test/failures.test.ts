import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// biome-ignore lint/style/noRestrictedImports: a Redis that is stopped tells nothing, and any moment is right for a lost connection.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  BrokenProcessPool,
  type Future,
  JobLostError,
  NoWorkersError,
  RuntimeError,
  WorkerLostError,
} from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedOptions, startWorker } from "@concurrent-futures/distributed";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { add, die, echo, hold, keysOf, leave, repeat, spin } from "./fixtures/machine-a/tasks.mjs";
import { ask } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";
import { WorkerProcess } from "./support/worker-process.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

describeWithRedis("what is lost on the way", () => {
  let redis: RedisServer;
  let folder: string;
  let executor: DistributedExecutor;

  const open = (options: DistributedOptions = {}): DistributedExecutor => {
    executor = new DistributedExecutor({ redis: redis.url, root, workerLostAfter: 1_000, ...options });
    return executor;
  };
  const started = (): string[] =>
    existsSync(join(folder, "started"))
      ? readFileSync(join(folder, "started"), "utf8")
          .split("\n")
          .filter((line) => line !== "")
      : [];
  const untilStarted = async (count: number): Promise<void> => {
    await until(() => started().length >= count);
  };
  const go = (): void => writeFileSync(join(folder, "go"), "");
  const worker = { root, slots: 2, workerLostAfter: 1_000 };

  beforeEach(async () => {
    redis = await RedisServer.start();
    folder = mkdtempSync(join(tmpdir(), "cf-hold-"));
    appendFileSync(join(folder, "started"), "");
  });

  afterEach(async () => {
    await executor.shutdown({ cancelFutures: true });
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a worker that is killed: its call runs again elsewhere", async () => {
    const first = await WorkerProcess.start({ redis: redis.url, ...worker });
    const future = open().submit(hold, folder, "a");
    await untilStarted(1);
    await using _second = await WorkerProcess.start({ redis: redis.url, ...worker });
    await first.kill();
    await untilStarted(2);
    go();
    expect(await future).toBe("a");
    expect(started()).toEqual(["a", "a"]);
  });

  test("a worker that is killed, at most once: the call fails and does not run again", async () => {
    const first = await WorkerProcess.start({ redis: redis.url, ...worker });
    const future = open({ delivery: "at-most-once" }).submit(hold, folder, "a");
    await untilStarted(1);
    await using _second = await WorkerProcess.start({ redis: redis.url, ...worker });
    await first.kill();
    expect(await future.exception()).toBeInstanceOf(WorkerLostError);
    expect(started()).toEqual(["a"]);
  });

  test("a worker that is killed in a map's chunk: the chunk runs again, or all its rows fail, at most once", async () => {
    for (const delivery of ["at-least-once", "at-most-once"] as const) {
      const first = await WorkerProcess.start({ redis: redis.url, ...worker });
      const begun = started().length;
      const map = open({ delivery })
        .map(hold, [folder, folder], ["a", "b"], { chunksize: 2 })
        .settled()
        .toArray();
      await until(() => started().length !== begun);
      await using _second = await WorkerProcess.start({ redis: redis.url, ...worker });
      await first.kill();
      go();
      const outcomes = await map;
      if (delivery === "at-least-once") expect(outcomes).toMatchObject([{ value: "a" }, { value: "b" }]);
      else
        expect(outcomes).toMatchObject([
          { index: 0, reason: expect.any(WorkerLostError) },
          { index: 1, reason: expect.any(WorkerLostError) },
        ]);
      rmSync(join(folder, "go"));
      await executor.shutdown();
    }
  });

  test("a call that loses its worker too often fails with WorkerLostError", async () => {
    const options = { ...worker, redis: redis.url, maxWorkerLosses: 0 };
    const first = await WorkerProcess.start(options);
    const future = open({ maxWorkerLosses: 0 }).submit(hold, folder, "a");
    await untilStarted(1);
    await using _second = await WorkerProcess.start(options);
    await first.kill();
    expect(await future.exception()).toBeInstanceOf(WorkerLostError);
  });

  test("a task that kills its process costs itself alone, and is not delivered again", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    const fatal = open().submit(die);
    const neighbours = [1, 2, 3].map((n) => executor.submit(add, n, n));
    expect(await fatal.exception()).toBeInstanceOf(BrokenProcessPool);
    expect(await Promise.all(neighbours)).toEqual([2, 4, 6]);
  });

  test.each(["exit", "abort", "throw later"])(
    "a task that ends its process (%s) costs itself alone",
    async (how) => {
      await using _worker = await startWorker({ redis: redis.url, ...worker });
      const fatal = open().submit(leave, how);
      const neighbours = [1, 2, 3].map((n) => executor.submit(add, n, n));
      expect(await fatal.exception()).toBeInstanceOf(BrokenProcessPool);
      expect(await Promise.all(neighbours)).toEqual([2, 4, 6]);
    },
  );

  test("a worker that dies three times under the same calls costs each of them nothing", async () => {
    open();
    const futures = ["a", "b"].map((id) => executor.submit(hold, folder, id));
    for (let death = 1; death <= 3; death++) {
      await using machine = await WorkerProcess.start({ redis: redis.url, ...worker });
      await untilStarted(2 * death);
      await machine.kill();
    }
    await using _last = await WorkerProcess.start({ redis: redis.url, ...worker });
    go();
    expect(await Promise.all(futures)).toEqual(["a", "b"]);
  });

  test("a task that blocks its process for longer than a worker may be silent runs once", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker, workerLostAfter: 400 });
    expect(await open().submit(spin, 1_500)).toBe("spun");
  });

  test("Redis killed and started again, with calls waiting and running", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    open();
    const futures: Future<unknown>[] = [executor.submit(hold, folder, "a")];
    for (let n = 0; n < 200; n++) futures.push(executor.submit(add, n, 1));
    await untilStarted(1);
    await redis.kill();
    for (let n = 200; n < 300; n++) futures.push(executor.submit(add, n, 1));
    await redis.run();
    go();
    const results = await Promise.all(futures);
    expect(results).toEqual(["a", ...Array.from({ length: 300 }, (_, n) => n + 1)]);
  });

  test("Redis's data lost: what is unfinished runs again, at least once", async () => {
    open();
    const futures = [1, 2, 3].map((n) => executor.submit(add, n, n));
    await until(async () => (await ask(redis.url, "EXISTS {cf:default}:default:prioritized")).includes(":1"));
    await ask(redis.url, "FLUSHALL");
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    expect(await Promise.all(futures)).toEqual([2, 4, 6]);
  });

  test("Redis's data lost, at most once: what may have begun fails with JobLostError", async () => {
    open({ delivery: "at-most-once" });
    const future = executor.submit(add, 1, 1);
    await until(async () => (await ask(redis.url, "EXISTS {cf:default}:default:prioritized")).includes(":1"));
    await ask(redis.url, "FLUSHALL");
    expect(await future.exception()).toBeInstanceOf(JobLostError);
  });

  test("Redis frozen for longer than a worker may be silent", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    open();
    const futures = Array.from({ length: 50 }, (_, n) => executor.submit(add, n, 1));
    const slow = executor.submit(hold, folder, "a");
    await untilStarted(1);
    redis.signal("SIGSTOP");
    await sleep(1_500);
    redis.signal("SIGCONT");
    go();
    expect(await Promise.all(futures)).toHaveLength(50);
    expect(await slow).toBe("a");
  });

  test("a lock that is lost in mid-run: the call runs again, and has one outcome; at most once it fails", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    for (const delivery of ["at-least-once", "at-most-once"] as const) {
      const begun = started().length;
      const future = open({ delivery }).submit(hold, folder, "a");
      await untilStarted(begun + 1);
      const [, id] =
        /^(c[0-9a-f]+-\d+)/m.exec(await ask(redis.url, "LRANGE {cf:default}:default:active 0 -1")) ?? [];
      await ask(redis.url, `DEL {cf:default}:default:${id}:lock`);
      if (delivery === "at-least-once") {
        await untilStarted(begun + 2);
        go();
        expect(await future).toBe("a");
        rmSync(join(folder, "go"));
      } else {
        expect(await future.exception()).toBeInstanceOf(WorkerLostError);
        expect(started()).toHaveLength(begun + 1);
      }
      await executor.shutdown();
    }
  });

  test("every worker gone in mid-task: NoWorkersError", async () => {
    const only = await WorkerProcess.start({ redis: redis.url, ...worker });
    const future = open({ noWorkerTimeout: 300 }).submit(hold, folder, "a");
    await untilStarted(1);
    await only.kill();
    expect(await future.exception()).toBeInstanceOf(NoWorkersError);
  });

  test("a reply that a full Redis refuses: the call fails with what Redis says, and does not run again", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    expect(await open().submit(add, 1, 2)).toBe(3);
    const [, used] = /used_memory:(\d+)/.exec(await ask(redis.url, "INFO memory")) ?? [];
    await ask(redis.url, `CONFIG SET maxmemory ${Number(used) + 2_000_000}`);
    const error = (await executor.submit(repeat, "x", 8_000_000).exception()) as Error;
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toContain("OOM");
    // Nor does it take so much from an executor.
    expect(((await executor.submit(echo, "x".repeat(8_000_000)).exception()) as Error).message).toMatch(
      /OOM|not in Redis/,
    );
    await ask(redis.url, "CONFIG SET maxmemory 0");
    expect(await executor.submit(add, 3, 4)).toBe(7);
  });

  test("all connections killed, again and again", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    open();
    const futures = Array.from({ length: 2_000 }, (_, n) => executor.submit(add, n, 1));
    for (let round = 0; round < 8; round++) {
      await sleep(60);
      await ask(redis.url, "CLIENT KILL TYPE normal SKIPME yes");
    }
    expect(await Promise.all(futures)).toEqual(futures.map((_, n) => n + 1));
  });

  test.each(["payload", "reply", "meta", "blob"])(
    "a queue that is called %s keeps its keys apart",
    async (queue) => {
      await using _worker = await startWorker({ redis: redis.url, ...worker, slots: 1, queue });
      const text = "x".repeat(100_000);
      expect(await open({ queue }).submit(echo, text)).toBe(text);
    },
  );

  test("an argument that could be awaited is left alone", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker, slots: 1 });
    expect(await open().submit(keysOf, { then: add })).toEqual(["then"]);
  });
});
