import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { nodeOf } from "../../nodes/nodes.mjs";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/written", import.meta.url));
const main = join(root, "src/main.ts");
const require = createRequire(fileURLToPath(new URL("../../callable/package.json", import.meta.url)));

describeWithRedis(
  "TypeScript at the executor is its output at the worker, in a folder of another name",
  () => {
    let redis: RedisServer;
    let worker: DistributedWorker;

    beforeAll(async () => {
      redis = await RedisServer.start();
      const modules = ["built/shapes.js"];
      worker = await startWorker({ redis: redis.url, root, slots: 1, folders: { src: "built" }, modules });
    });
    afterAll(async () => {
      await worker?.close();
      await redis?.[Symbol.asyncDispose]();
    });

    test("under tsx", async () => {
      const tsx = pathToFileURL(require.resolve("tsx")).href;
      const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, main, redis.url]);
      expect(stdout).toBe("true 6 shapes.js\n");
    });

    const node24 = nodeOf(24);
    (node24 === undefined ? test.skip : test)(
      "by Node itself (needs Node 24 of packages/nodes)",
      async () => {
        const { stdout } = await promisify(execFile)(node24 as string, [main, redis.url]);
        expect(stdout).toBe("true 6 shapes.js\n");
      },
    );
  },
);
