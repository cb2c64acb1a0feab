import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { add, echo } from "./fixtures/machine-a/tasks.mjs";
import { ask } from "./support/keys.ts";
import { describeWithRedis, hasRedis, RedisServer } from "./support/redis-server.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));

describeWithRedis("a user of Redis with no rights but the queue's", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
    // As docs/guide/many-machines.md says.
    await ask(
      redis.url,
      "ACL SETUSER farm on >secret resetkeys resetchannels ~{cf:render}* &{cf:render}* +@all -@dangerous -@admin +info +client|setname",
    );
    await ask(redis.url, "ACL SETUSER default off");
  });
  afterAll(() => redis?.[Symbol.asyncDispose]());

  test("is enough for executor and worker, and only for that queue", async () => {
    const url = `redis://farm:secret@127.0.0.1:${redis.port}`;
    const common = { redis: url, root, queue: "render" };
    await using _worker = await startWorker({ ...common, slots: 1 });
    await using executor = new DistributedExecutor(common);
    expect(await executor.submit(add, 1, 2)).toBe(3);
    expect(await executor.submit(echo, "x".repeat(100_000))).toHaveLength(100_000);
    expect(await executor.workers()).toHaveLength(1);
    await using other = new DistributedExecutor({ ...common, queue: "other" });
    expect(((await other.submit(add, 1, 2).exception()) as Error).message).toMatch(/NOPERM|No permissions/i);
  });

  test("who has no password gets nowhere, and a worker says why", async () => {
    await expect(startWorker({ redis: redis.url, root })).rejects.toThrow(/NOAUTH|WRONGPASS|Authentication/i);
    await using executor = new DistributedExecutor({ redis: redis.url, root });
    expect(((await executor.submit(add, 1, 2).exception()) as Error).message).toMatch(/NOAUTH/);
  });
});

// In a program of its own: handshakes fail inside Jest's contexts.
const program = fileURLToPath(new URL("./fixtures/over-tls.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cf-tls-"));
const hasTls = hasRedis && hasOpenssl() && takesTls();

/** A certificate of a test's own. */
function hasOpenssl(): boolean {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  return (
    spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      ...subject,
      ...files,
    ]).status === 0
  );
}

function takesTls(): boolean {
  const { stdout } = spawnSync("redis-server", ["--tls-port", "0", "--port", "0", "--save", ""], {
    encoding: "utf8",
    timeout: 5_000,
  });
  return !stdout.includes("Bad directive");
}

if (hasRedis && !hasTls)
  process.stderr.write("\nNO openssl, OR redis-server IS BUILT WITHOUT TLS: its test IS SKIPPED.\n\n");

describe("Redis over TLS (needs openssl, and a redis-server with TLS)", () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  (hasTls ? test : test.skip)("serves who knows its certificate, and nobody else", async () => {
    const [cert, key] = ["cert.pem", "key.pem"].map((name) => join(folder, name)) as [string, string];
    await using redis = await RedisServer.start({ cert, key });
    const { stdout } = await promisify(execFile)(process.execPath, [program, String(redis.tlsPort), cert], {
      timeout: 20_000,
    });
    expect(stdout).toMatch(/^3\n.*certificate/);
  });
});
