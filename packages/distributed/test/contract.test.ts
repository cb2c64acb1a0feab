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
    // Who asks for one worker gets the machine that runs one call at a time.
    create: (options?: { maxWorkers?: number }) =>
      new DistributedExecutor({
        redis: redis.url,
        ...common,
        ...(options?.maxWorkers === 1 && { queue: "alone" }),
      }),
    exceptions: {
      "a resource as an argument": "arguments bring no code; refused by name, see pools-and-values.test.ts",
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
  "resources",
  "task-group",
];

let workers: readonly DistributedWorker[];

if (hasRedis) {
  beforeAll(async () => {
    redis = await RedisServer.start();
    workers = await Promise.all([
      startWorker({ redis: redis.url, slots: 5, ...common }),
      startWorker({ redis: redis.url, slots: 1, queue: "alone", ...common }),
    ]);
  });

  afterAll(async () => {
    for (const worker of workers ?? []) await worker.close();
    await redis?.[Symbol.asyncDispose]();
  });

  for (const suite of suites) await import(`../../conformance/test/${suite}.test.ts`);
} else test.skip("the suites of all executors (needs redis-server)", () => {});
