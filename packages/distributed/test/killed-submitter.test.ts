import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DistributedOptions, startWorker } from "@concurrent-futures/distributed";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { ask, keysIn } from "./support/keys.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const program = fileURLToPath(new URL("./fixtures/submitter.mjs", import.meta.url));
const queue = "{cf:default}:default";

describeWithRedis("a submitter that is killed", () => {
  let redis: RedisServer;
  let folder: string;

  beforeEach(async () => {
    redis = await RedisServer.start();
    folder = mkdtempSync(join(tmpdir(), "cf-hold-"));
  });

  afterEach(async () => {
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const notes = (): string[] =>
    existsSync(join(folder, "notes")) ? readFileSync(join(folder, "notes"), "utf8").trim().split("\n") : [];
  const count = async (command: string): Promise<number> =>
    Number((await ask(redis.url, command)).split("\r\n")[0]?.slice(1));

  /** Kills it while one call runs and seven jobs wait, lets its lease end, and the worker go on until nothing is left. */
  async function killed(options: DistributedOptions): Promise<void> {
    await using _worker = await startWorker({ redis: redis.url, root, slots: 1 });
    const given = JSON.stringify({ redis: redis.url, root, orphanAfter: 2_000, ...options });
    const submitter = spawn(process.execPath, [program, given, folder], { stdio: "inherit" });
    const exit = once(submitter, "exit");
    await until(
      async () => existsSync(join(folder, "started")) && (await count(`ZCARD ${queue}:prioritized`)) >= 7,
    );
    submitter.kill("SIGKILL");
    await exit;
    await until(async () => (await keysIn(redis.url)).every((key) => !key.includes(":lease:")));
    writeFileSync(join(folder, "go"), "");
    await until(
      async () => (await count(`ZCARD ${queue}:prioritized`)) + (await count(`LLEN ${queue}:active`)) === 0,
    );
  }

  test("what waits is not run", async () => {
    await killed({});
    expect(notes()).toEqual([]);
    // The stream of replies that nobody reads goes by itself.
    const left = await keysIn(redis.url);
    expect(left.filter((key) => !key.includes(":reply:"))).toEqual([]);
    for (const key of left) expect(await count(`PTTL ${key}`)).toBeGreaterThan(0);
  });

  test("what waits is run where orphans are to finish", async () => {
    await killed({ orphans: "finish" });
    expect(notes()).toHaveLength(15);
  });
});
