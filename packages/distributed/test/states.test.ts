import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { JobLostError, WorkerLostError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedOptions, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DelayedError, type Job, Queue, Worker } from "bullmq";
import { until } from "../../conformance/test/support/waiting.ts";
import { add, note } from "./fixtures/machine-a/tasks.mjs";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

/** What an operator does with a dashboard, or a worker of another make: each leaves a job in a state that no worker of ours does. */
describeWithRedis("every state that a job can be in is a state of its future", () => {
  let redis: RedisServer;
  let number = 0;
  const folder = mkdtempSync(join(tmpdir(), "cf-states-"));
  const notes = (): string => readFileSync(join(folder, "notes"), "utf8");

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await redis?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A queue of its own, seen by an executor and by BullMQ itself. */
  async function open(options: DistributedOptions = {}) {
    writeFileSync(join(folder, "notes"), "");
    const queue = `q${++number}`;
    const connection = { host: "127.0.0.1", port: redis.port, maxRetriesPerRequest: null };
    const common = { connection, prefix: `{cf:${queue}}` };
    const bull = new Queue(queue, common);
    const executor = new DistributedExecutor({
      redis: redis.url,
      root,
      queue,
      workerLostAfter: 200,
      maxWorkerLosses: 2,
      ...options,
    });
    const ours = () => startWorker({ redis: redis.url, root, queue, slots: 1, workerLostAfter: 1_000 });
    const foreign = (run: (job: Job, token?: string) => Promise<void>) => new Worker(queue, run, common);
    const close = async (): Promise<void> => {
      await executor.shutdown({ cancelFutures: true });
      await bull.close();
    };
    return { bull, executor, ours, foreign, [Symbol.asyncDispose]: close };
  }
  const waiting = (bull: Queue, count = 1): Promise<void> =>
    until(async () => (await bull.count()) === count);

  test("waiting in a queue that is paused: it waits, and runs once when that goes on", async () => {
    await using it = await open();
    await it.bull.pause();
    const future = it.executor.submit(note, folder, 1);
    await using _worker = await it.ours();
    await waiting(it.bull);
    // Two looks at what is silent, at least.
    const looked = performance.now() + 500;
    await until(() => performance.now() > looked);
    expect([future.done(), future.running()]).toEqual([false, false]);
    await it.bull.resume();
    await future;
    expect(notes()).toBe("1\n");
  });

  test("removed while it waits: it is sent again; at most once, it is lost", async () => {
    for (const delivery of ["at-least-once", "at-most-once"] as const) {
      await using it = await open({ delivery });
      const future = it.executor.submit(add, 1, 2);
      await waiting(it.bull);
      await it.bull.drain();
      if (delivery === "at-most-once") expect(await future.exception()).toBeInstanceOf(JobLostError);
      else {
        await waiting(it.bull);
        await using _worker = await it.ours();
        expect(await future).toBe(3);
      }
    }
  });

  test("completed, without a reply: it is sent again, and lost when that happens too often", async () => {
    await using it = await open();
    const future = it.executor.submit(add, 1, 2);
    let taken = 0;
    const worker = it.foreign(async () => {
      taken++;
    });
    expect(await future.exception()).toBeInstanceOf(JobLostError);
    expect(taken).toBe(3);
    await worker.close();
  });

  test("failed: its worker is lost, and it is taken out", async () => {
    await using it = await open();
    const future = it.executor.submit(add, 1, 2);
    const worker = it.foreign(async () => {
      throw new Error("not mine");
    });
    expect(await future.exception()).toBeInstanceOf(WorkerLostError);
    await worker.close();
    await until(async () => (await it.bull.getFailedCount()) === 0);
  });

  test("delayed by a worker that hands it on: it waits, and runs", async () => {
    await using it = await open();
    const future = it.executor.submit(note, folder, 1);
    let seen = 0;
    const worker = it.foreign(async (job, token) => {
      seen++;
      await job.moveToDelayed(Date.now() + 700, token);
      throw new DelayedError();
    });
    await until(() => seen === 1);
    await worker.close();
    expect(await it.bull.getDelayedCount()).toBe(1);
    await using _worker = await it.ours();
    await future;
    expect(notes()).toBe("1\n");
  });
});
