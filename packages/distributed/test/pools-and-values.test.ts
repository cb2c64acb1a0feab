import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { ProcessPoolExecutor, resource, share } from "@concurrent-futures/process";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

/**
 * What tasks of a pool can have, over Redis: resources as everywhere, one for each process of a worker. What belongs to one machine, a
 * shared value or an executor, is refused at `submit`, with what to do.
 */

const root = fileURLToPath(new URL("../../..", import.meta.url));
const common = { root, authkey: "the key of both sides", allowCode: true };
const double = (n: number): number => n * 2;
let redis: RedisServer;
let worker: DistributedWorker;
let executor: DistributedExecutor;
let folder: string;

describeWithRedis("tasks on other machines", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "values-"));
    redis = await RedisServer.start();
    worker = await startWorker({ redis: redis.url, slots: 1, ...common });
    executor = new DistributedExecutor({ redis: redis.url, ...common });
  });

  afterAll(async () => {
    await executor?.shutdown();
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** The error of a submit, which is refused at the call or by its future. */
  async function refusal(submit: () => PromiseLike<unknown>): Promise<unknown> {
    try {
      return await submit();
    } catch (error) {
      return error;
    }
  }

  test("a resource is made once in each process of a worker, by uses that overlap, and disposed when the worker ends", async () => {
    const file = join(folder, "resource");
    const model = resource(
      async () => {
        const { appendFileSync } = await import("node:fs");
        appendFileSync(file, "made\n");
        return { id: Math.random() };
      },
      {
        dispose: async () => {
          const { appendFileSync } = await import("node:fs");
          appendFileSync(file, "disposed\n");
        },
      },
    );
    const other = await startWorker({ redis: redis.url, queue: "resources", slots: 1, ...common });
    await using own = new DistributedExecutor({ redis: redis.url, queue: "resources", ...common });
    const use = async (): Promise<number[]> => (await Promise.all([model(), model()])).map(({ id }) => id);
    const ids = [await own.submit(use), await own.submit(use), ...(await own.map(use, [1, 2]).toArray())];
    expect(new Set(ids.flat()).size).toBe(1);
    await other.close();
    expect(readFileSync(file, "utf8")).toBe("made\ndisposed\n");
  });

  test("a resource that cannot be made fails the call, and the next use tries again", async () => {
    const file = join(folder, "tries");
    const model = resource(async () => {
      const { appendFileSync, readFileSync: read } = await import("node:fs");
      appendFileSync(file, "try\n");
      if (read(file, "utf8").length < 8) throw new RangeError("not yet");
      return "made";
    });
    await expect(executor.submit(() => model()).result()).rejects.toThrow(new RangeError("not yet"));
    expect(await executor.submit(() => model())).toBe("made");
  });

  test("a resource is refused as an argument, since arguments bring no code, with what to do", async () => {
    const model = resource(() => 1);
    for (const submit of [
      () => executor.submit((get: typeof model) => get(), model),
      () => executor.map((get: typeof model) => get(), [model]).toArray(),
    ])
      expect(String(await refusal(submit))).toMatch(/makes a resource for itself.*Let the function capture/);
  });

  test("a shared value is refused, captured and given", async () => {
    using table = share(new Float64Array([1, 2, 3]));
    for (const submit of [
      () => executor.submit((values: Float64Array) => values.length, table),
      () => executor.submit(() => table[2]),
      () => executor.map((values: Float64Array) => values.length, [table]).toArray(),
    ])
      expect(String(await refusal(submit))).toMatch(/Cannot send a shared value .* Send the value/);
  });

  test("executors are refused, captured and given, and on workers of this machine as well", async () => {
    await using local = new ProcessPoolExecutor(1);
    const submits = (pool: { submit(fn: (n: number) => number, n: number): PromiseLike<number> }) =>
      pool.submit(double, 4);
    for (const submit of [
      () => executor.submit(submits, local),
      () => executor.submit(() => submits(local)),
      () => executor.submit(submits, executor),
      () => executor.submit(() => submits(executor)),
      () => local.submit(() => submits(executor)),
    ])
      expect(String(await refusal(submit))).toMatch(
        /xecutor cannot be sent.*Make one in the module of the function/,
      );
    // What is refused for other machines is still good here.
    expect(await local.submit(submits, local)).toBe(8);
  });
});
