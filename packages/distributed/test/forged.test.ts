import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { add } from "./fixtures/machine-a/tasks.mjs";
import { ForgedJobs } from "./support/forged-jobs.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const authkey = "a key of both sides";
const args = encodeForNetwork([], { name: "arguments" });

const unproved = { name: "SerializationError", message: expect.stringContaining("authkey") };

/** A function by value as its steps, of which each would do something. */
const code = (...steps: object[]): Buffer =>
  serialize({ kind: "value", name: "evil", packed: { steps, root: steps.length - 1 } });
const evil: [string, object][] = [
  ["define", { kind: "define", shape: { source: "() => process.exit(9)" }, captures: [] }],
  ["builtin", { kind: "builtin", path: ["eval"] }],
  ["import", { kind: "import", url: "node:fs", path: ["readFileSync"] }],
  ["require", { kind: "require", url: "file:///x.cjs" }],
  ["reference", { kind: "reference", url: "node:child_process", path: ["execSync"] }],
];

describeWithRedis("what somebody writes who can reach Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis?.[Symbol.asyncDispose]());

  test("code is run by no worker, whatever its steps: one without allowCode, and one that allows those with the key", async () => {
    for (const options of [{}, { authkey }, { authkey, allowCode: true }]) {
      const queue = `steps${Object.keys(options).length}`;
      await using _worker = await startWorker({ redis: redis.url, root, slots: 1, queue, ...options });
      const forged = new ForgedJobs(redis.url, queue);
      try {
        for (const [, step] of evil)
          expect(await forged.run(undefined, args, { c: 1, extra: code(step) })).toMatchObject({
            error: { name: "SerializationError", message: expect.stringMatching(/allowCode|authkey/) },
          });
      } finally {
        forged.close();
      }
    }
  });

  test("a reply with code in it, or with what can be awaited, is its call's error", async () => {
    const forged = new ForgedJobs(redis.url, "replies");
    await using executor = new DistributedExecutor({ redis: redis.url, root, queue: "replies" });
    const naming = (module: string) => ({
      source: { find: () => ({ url: "file:///x.mjs", path: ["add"] }) } as never,
      nameOf: () => ({ module, path: ["add"] }),
    });
    const awaitable = encodeForNetwork({ then: add }, { name: "it", exports: naming("./tasks") });
    const replies: [readonly string[], Uint8Array][] = [
      ...evil.map(([, step]): [readonly string[], Uint8Array] => [[], code(step)]),
      [["node:fs"], encodeForNetwork(add, { name: "it", exports: naming("node:fs") })],
      [["./tasks"], awaitable],
    ];
    try {
      for (const [modules, bytes] of replies) {
        const future = executor.submit(add, 1, 2);
        await forged.reply(await forged.waiting(), modules, bytes);
        expect(await future.exception()).toMatchObject({ name: "SerializationError" });
        await forged.clear();
      }
    } finally {
      forged.close();
    }
  });

  test("a true reply counts for its own call alone, however often it comes", async () => {
    const queue = "replayed";
    const common = { redis: redis.url, root, queue, authkey };
    const forged = new ForgedJobs(redis.url, queue);
    await using executor = new DistributedExecutor(common);
    try {
      const first = executor.submit(add, 1, 2);
      const job = await forged.waiting();
      const heard = forged.outcome(job);
      const worker = await startWorker({ ...common, slots: 1 });
      expect(await first).toBe(3);
      await worker.close();
      const fields = await heard;

      // Once more as it came: its call is over. It says nothing of another one, whose name it does not bear.
      const second = executor.submit(add, 5, 5);
      const other = await forged.waiting();
      await forged.write(other, fields);
      // With the other's name its proof is wrong.
      await forged.write(other, { ...fields, j: Buffer.from(other) });
      expect(await second.exception()).toMatchObject(unproved);
      await forged.clear();
      // And a result of the stranger's own has none.
      const third = executor.submit(add, 6, 6);
      await forged.reply(await forged.waiting(), [], encodeForNetwork(13, { name: "it" }));
      expect(await third.exception()).toMatchObject(unproved);
      expect(await first).toBe(3);
    } finally {
      forged.close();
    }
  });
});
