import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { nodes } from "../../nodes/nodes.mjs";
import { echo, halfFloats, halve, Money, TooPoor } from "./fixtures/machine-a/tasks.mjs";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";
import { WorkerProcess } from "./support/worker-process.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const program = fileURLToPath(new URL("./fixtures/values-submitter.mjs", import.meta.url));

/** Other versions of Node, which exist for Linux on x64 only. */
const others = nodes.filter(({ node }) => node !== process.execPath);
if (others.length === 0)
  process.stderr.write("\nNO OTHER VERSIONS OF NODE here: the tests between them ARE SKIPPED.\n\n");

describeWithRedis("a worker and an executor on two versions of Node", () => {
  let redis: RedisServer;
  let here: DistributedWorker;

  beforeAll(async () => {
    redis = await RedisServer.start();
    here = await startWorker({ redis: redis.url, root, slots: 1 });
  });
  afterAll(async () => {
    await here?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  if (others.length === 0) test.skip("another version of Node (needs one)", () => {});
  for (const { name, node } of others) {
    const major = name.replace("Node ", "");
    test(`a worker on Node ${major}: values, errors and instances go both ways`, async () => {
      const queue = `node${major}`;
      await using _worker = await WorkerProcess.start({ redis: redis.url, root, slots: 1, queue }, node);
      await using executor = new DistributedExecutor({ redis: redis.url, root, queue });
      const value = {
        error: new RangeError("outer", { cause: new TypeError("inner") }),
        several: new AggregateError([new Error("one"), new Error("two")], "several"),
        bytes: Buffer.from("bytes"),
        floats: new Float64Array([0.5, -0]),
        map: new Map([[1n, new Set([new Date(5)])]]),
        text: "\ud800 half",
      };
      const back = await executor.submit(echo, value);
      expect(back).toEqual(value);
      expect((back as typeof value).error.cause).toBeInstanceOf(TypeError);
      expect(await executor.submit(halve, new Money(10))).toBeInstanceOf(Money);
      expect(await executor.submit(halve, new Money(1)).exception()).toBeInstanceOf(TooPoor);
      const half = (await executor.submit(halfFloats).exception()) as Error;
      expect(`${half.name}: ${half.message}`).toMatch(
        Number(major) >= 24 ? /^SerializationError: .*Float16Array/ : /^ReferenceError: Float16Array/,
      );
      expect((await executor.workers())[0]?.node).toMatch(new RegExp(`^v${major}\\.`));
    });

    test(`an executor on Node ${major}: the same`, async () => {
      const { stdout } = await promisify(execFile)(node, [program, redis.url], { timeout: 20_000 });
      expect(JSON.parse(stdout)).toEqual({
        node: expect.stringMatching(new RegExp(`^v${major}\\.`)),
        half: expect.stringMatching(/^none here$|^SerializationError: .*Float16Array/),
        resizable: 2,
        cause: "TypeError: inner",
        several: ["one", "two"],
        money: 5,
        poor: "TooPoor: only 1 cents",
        bytes: "bytes",
      });
    });
  }
});
