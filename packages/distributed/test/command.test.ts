import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
// biome-ignore lint/style/noRestrictedImports: nothing tells when another process has seen a signal.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DistributedExecutor } from "@concurrent-futures/distributed";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { hold, machine } from "./fixtures/machine-a/tasks.mjs";
import { RedisServer, testWithRedis } from "./support/redis-server.ts";

const command = fileURLToPath(new URL("../../concurrent-futures/dist/command.js", import.meta.url));
const rootA = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const rootB = fileURLToPath(new URL("./fixtures/machine-b", import.meta.url));

const ran = (...args: string[]) =>
  spawnSync(process.execPath, [command, ...args], { encoding: "utf8", cwd: rootB });

describe("concurrent-futures worker", () => {
  test("says what it takes", () => {
    const { status, stdout } = ran("worker", "--help");
    expect(status).toBe(0);
    expect(stdout).toContain("--drain");
    expect(ran("--help").status).toBe(0);
  });

  test.each([
    [["worker", "--slots", "none"], "--slots"],
    [["worker", "--unknown"], "--unknown"],
    [["worker", "--drain", "soon"], "--drain"],
    [["wroker"], "wroker"],
  ])("refuses %j", (args, what) => {
    const { status, stderr } = ran(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(what);
  });

  test("does not start with a module that is not there", () => {
    const { status, stderr } = ran("worker", "./missing.js", "--redis", "redis://127.0.0.1:1");
    expect(status).toBe(1);
    expect(stderr).toContain("missing");
  });

  testWithRedis("runs calls, and at SIGTERM finishes those that it has", async () => {
    await using redis = await RedisServer.start();
    const folder = mkdtempSync(join(tmpdir(), "cf-command-"));
    const child = spawn(
      process.execPath,
      [command, "worker", "./tasks.mjs", "--redis", redis.url, "--queue", "q", "--slots=2", "--drain", "10s"],
      { cwd: rootB, stdio: ["ignore", "pipe", "inherit"] },
    );
    const exit = once(child, "exit");
    for await (const line of createInterface(child.stdout)) if (line.includes("takes calls")) break;
    await using executor = new DistributedExecutor({ redis: redis.url, queue: "q", root: rootA });
    expect(await executor.submit(machine)).toBe("b");
    const held = executor.submit(hold, folder, "a");
    await until(() => existsSync(join(folder, "started")));
    child.kill("SIGTERM");
    await sleep(100);
    writeFileSync(join(folder, "go"), "");
    expect(await held).toBe("a");
    expect(await exit).toEqual([0, null]);
    rmSync(folder, { recursive: true, force: true });
  });

  testWithRedis("ends at once at a second signal, and its call runs elsewhere", async () => {
    await using redis = await RedisServer.start();
    const folder = mkdtempSync(join(tmpdir(), "cf-command-"));
    const start = async () => {
      const options = ["--redis", redis.url, "--slots=1", "--worker-lost-after", "1s"];
      const child = spawn(process.execPath, [command, "worker", ...options], {
        cwd: rootB,
        stdio: ["ignore", "pipe", "inherit"],
      });
      for await (const line of createInterface(child.stdout)) if (line.includes("takes calls")) break;
      return child;
    };
    const first = await start();
    const exit = once(first, "exit");
    await using executor = new DistributedExecutor({ redis: redis.url, root: rootA, workerLostAfter: 1_000 });
    const held = executor.submit(hold, folder, "a");
    await until(() => existsSync(join(folder, "started")));
    first.kill("SIGTERM");
    // The signals must be two for it.
    await sleep(100);
    first.kill("SIGTERM");
    expect(await exit).toEqual([1, null]);
    const second = await start();
    writeFileSync(join(folder, "go"), "");
    expect(await held).toBe("a");
    const ended = once(second, "exit");
    second.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    rmSync(folder, { recursive: true, force: true });
  });

  testWithRedis("takes modules from a folder of another name (--map)", async () => {
    await using redis = await RedisServer.start();
    const root = mkdtempSync(join(tmpdir(), "cf-map-"));
    for (const [name, says] of [
      ["src", "source"],
      ["dist", "output"],
    ] as const) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, "where.mjs"), `export const where = () => ${JSON.stringify(says)};`);
    }
    writeFileSync(join(root, "package.json"), "{}");
    const child = spawn(
      process.execPath,
      [command, "worker", "dist/where.mjs", "--redis", redis.url, "--slots=1", "--map", "src=dist"],
      { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
    );
    for await (const line of createInterface(child.stdout)) if (line.includes("takes calls")) break;
    const { where } = (await import(join(root, "src/where.mjs"))) as { where: () => string };
    await using executor = new DistributedExecutor({ redis: redis.url, root });
    expect(await executor.submit(where)).toBe("output");
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
    rmSync(root, { recursive: true, force: true });
  });

  testWithRedis("hands back what is not done when its time to drain is over", async () => {
    await using redis = await RedisServer.start();
    const folder = mkdtempSync(join(tmpdir(), "cf-command-"));
    const start = async () => {
      const child = spawn(
        process.execPath,
        [command, "worker", "--redis", redis.url, "--slots=1", "--drain", "200ms"],
        { cwd: rootB, stdio: ["ignore", "pipe", "inherit"] },
      );
      for await (const line of createInterface(child.stdout)) if (line.includes("takes calls")) break;
      return child;
    };
    const first = await start();
    await using executor = new DistributedExecutor({ redis: redis.url, root: rootA });
    const held = executor.submit(hold, folder, "a");
    await until(() => existsSync(join(folder, "started")));
    const exit = once(first, "exit");
    first.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    const second = await start();
    writeFileSync(join(folder, "go"), "");
    expect(await held).toBe("a");
    second.kill("SIGTERM");
    await once(second, "exit");
    rmSync(folder, { recursive: true, force: true });
  });
});
