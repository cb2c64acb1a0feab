import { fileURLToPath } from "node:url";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, test } from "@jest/globals";
import { hasRedis, RedisServer } from "./support/redis-server.ts";

/** The suites that all executors must pass, over Redis. */

const root = fileURLToPath(new URL("../../..", import.meta.url));
const common = { root, authkey: "the key of both sides", allowCode: true };
let redis: RedisServer;

Object.assign(globalThis, {
  contractSubject: {
    name: "DistributedExecutor",
    create: () => new DistributedExecutor({ redis: redis.url, ...common }),
    exceptions: {
      test_max_workers_negative: "how many calls run at a time is each worker's affair (`slots`)",
    },
  },
});

const suites = [
  "executor",
  "wait",
  "as-completed",
  "shutdown",
  "settled",
  "abort-signal",
  "retries",
  "task-group",
];

let worker: DistributedWorker;

if (hasRedis) {
  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await startWorker({ redis: redis.url, slots: 5, ...common });
  });

  afterAll(async () => {
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  for (const suite of suites) await import(`../../conformance/test/${suite}.test.ts`);
} else test.skip("the suites of all executors (needs redis-server)", () => {});
