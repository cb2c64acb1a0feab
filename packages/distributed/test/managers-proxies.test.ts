import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { SerializationError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { Manager, SyncManager } from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { fill, give, increase, sizeOf } from "./fixtures/machine-a/managed.mjs";
import { RecordingRelay } from "./support/recording-relay.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const rootA = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const rootB = fileURLToPath(new URL("./fixtures/machine-b", import.meta.url));
const authkey = "the key of both sides";

describeWithRedis("proxies of a manager as arguments and results", () => {
  let redis: RedisServer;
  let relay: RecordingRelay;
  let manager: SyncManager;
  const workers: DistributedWorker[] = [];
  let executor: DistributedExecutor;

  beforeAll(async () => {
    redis = await RedisServer.start();
    relay = await RecordingRelay.start(redis.port);
    manager = new SyncManager({ address: ["127.0.0.1", 0], authkey });
    await manager.start();
    for (const name of ["one", "two"])
      workers.push(await startWorker({ redis: redis.url, root: rootB, slots: 1, authkey, name }));
    executor = new DistributedExecutor({ redis: `redis://127.0.0.1:${relay.port}`, root: rootA, authkey });
  });

  afterAll(async () => {
    await executor?.shutdown();
    for (const worker of workers) await worker.close();
    await manager?.shutdown();
    await relay?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
  });

  test("machines share a dict and a lock", async () => {
    const numbers = await manager.dict([["n", 0]]);
    const lock = await manager.Lock();
    await Promise.all([1, 2, 3, 4].map(() => executor.submit(increase, numbers, lock, 10)));
    expect(await numbers.get("n")).toBe(40);
  });

  test("machines put into one queue, rows of a map too", async () => {
    const queue = await manager.Queue<number>();
    const rows = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    await executor.map(fill, Array(3).fill(queue), rows, { chunksize: 2 }).toArray();
    const seen = await Promise.all(rows.flat().map(() => queue.get()));
    expect(seen.sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("a result brings one back", async () => {
    const numbers = await manager.dict<string, unknown>([["n", 1]]);
    const { back } = await executor.submit(give, numbers);
    expect(await back.get("given")).toBe(true);
    expect(await back.get("n")).toBe(1);
  });

  test("no key is in what passes", () => {
    const key = Buffer.from(authkey);
    const { bytes } = relay;
    expect(bytes.length).toBeGreaterThan(10_000);
    const forms = [
      key,
      key.toString("base64").replace(/=+$/, ""),
      key.toString("hex"),
      Buffer.from(authkey, "utf16le"),
    ];
    for (const form of forms) expect(bytes.includes(form)).toBe(false);
  });

  test("without a key of the executor's they are refused at submit", async () => {
    await using keyless = new DistributedExecutor({ redis: redis.url, root: rootA });
    const numbers = await manager.dict();
    expect(() => keyless.submit(sizeOf, numbers)).toThrow(/authkey/);
    expect(() => keyless.submit(sizeOf, numbers)).toThrow(SerializationError);
  });

  test("one of a server that other machines cannot reach is refused at submit", async () => {
    await using own = await Manager();
    const numbers = await own.dict();
    expect(() => executor.submit(sizeOf, numbers)).toThrow(/address: \[host, port\]/);
  });

  test("a manager with another key refuses the call, which says so", async () => {
    await using other = new SyncManager({ address: ["127.0.0.1", 0], authkey: "quite another key" });
    await other.start();
    const numbers = await other.dict();
    expect(await executor.submit(sizeOf, numbers).exception()).toMatchObject({ name: "AuthenticationError" });
  });
});
