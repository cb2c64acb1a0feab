import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BrokenProcessPool, WorkerLostError } from "@concurrent-futures/core";
import { DistributedExecutor, startWorker } from "@concurrent-futures/distributed";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { add, fill, hold, killMachine, note } from "./fixtures/machine-a/tasks.mjs";
import { ask, keysIn } from "./support/keys.ts";
import { RecordingRelay } from "./support/recording-relay.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";
import { WorkerProcess } from "./support/worker-process.ts";

const root = fileURLToPath(new URL("./fixtures/machine-a", import.meta.url));
const base = "{cf:default}:default";
const worker = { root, slots: 1, workerLostAfter: 1_000 };
/** As long as a worker may be silent, twice, and some. */
const patience = 15_000;

describeWithRedis("a crash at a moment of its own", () => {
  let redis: RedisServer;
  let folder: string;

  const lines = (file: string): string[] =>
    readFileSync(join(folder, file), "utf8").split("\n").filter(Boolean);
  const count = async (command: string): Promise<number> =>
    Number(/:(\d+)/.exec(await ask(redis.url, command))?.[1]);
  /** A job is one key, wherever BullMQ has it at the moment. */
  const nothingLeft = (): Promise<void> =>
    until(async () => (await keysIn(redis.url)).every((key) => !/:c[0-9a-f]+-\d+$/.test(key)), patience);

  beforeEach(async () => {
    redis = await RedisServer.start();
    folder = mkdtempSync(join(tmpdir(), "cf-crash-"));
    for (const file of ["started", "notes"]) appendFileSync(join(folder, file), "");
  });
  afterEach(async () => {
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("of Redis while all are idle: its next calls run, though it has lost everything", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    await using executor = new DistributedExecutor({ redis: redis.url, root, workerLostAfter: 1_000 });
    expect(await executor.submit(add, 1, 1)).toBe(2);
    // Executor and worker both wait in a read that blocks, and have nothing else under way.
    await redis.kill();
    await redis.run();
    expect(await executor.submit(add, 2, 2)).toBe(4);
    await redis.lose();
    await redis.run();
    expect(await executor.submit(add, 3, 3)).toBe(6);
    await until(async () => (await executor.workers()).length === 1, patience);
  });

  test("of a worker's connections while it waits for a job: it takes the next one", async () => {
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    await using executor = new DistributedExecutor({ redis: redis.url, root });
    for (let n = 0; n < 5; n++) {
      expect(await executor.submit(add, n, n)).toBe(2 * n);
      await until(async () => (await ask(redis.url, "CLIENT LIST")).includes("cmd=bzpopmin"));
      await ask(redis.url, "CLIENT KILL TYPE normal SKIPME yes");
      await ask(redis.url, "CLIENT KILL TYPE pubsub");
    }
  });

  test("of Redis before a transaction of jobs arrives, and after it, before it is answered", async () => {
    let silent = false;
    await using relay = await RecordingRelay.start(redis.port, (text) => (silent ? "" : text));
    await using executor = new DistributedExecutor({ redis: relay.url, root, workerLostAfter: 1_000 });
    await executor.workers();
    // It is in the server's socket.
    redis.signal("SIGSTOP");
    const before = [1, 2, 3].map((n) => executor.submit(note, folder, n));
    await new Promise((resolve) => setImmediate(resolve));
    await redis.kill();
    await redis.run();
    await until(async () => (await count(`ZCARD ${base}:prioritized`)) === 3);
    silent = true;
    const after = [4, 5, 6].map((n) => executor.submit(note, folder, n));
    await until(async () => (await count(`ZCARD ${base}:prioritized`)) === 6);
    await redis.kill();
    silent = false;
    await redis.run();
    await using _worker = await startWorker({ redis: redis.url, ...worker });
    await Promise.all([...before, ...after]);
    // Those that were there are not added again under other names.
    expect([...new Set(lines("notes"))].sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
    await nothingLeft();
  });

  test.each(["at-least-once", "at-most-once"] as const)(
    "of a worker after its reply, before its job is completed, %s: the reply counts",
    async (delivery) => {
      let isArmed = false;
      let isCut = false;
      // The reply passes, and nothing after it.
      const sent = (text: string): string => {
        if (isCut) return "";
        const reply = isArmed ? text.indexOf("xadd") : -1;
        // Thirteen bytes are the word that it has begun, and no outcome.
        if (reply < 0 || /\r\nb\r\n\$13\r\n/.test(text.slice(reply))) return text;
        isCut = true;
        const next = text.indexOf("eval", reply);
        return next < 0 ? text : text.slice(0, text.lastIndexOf("*", next));
      };
      await using relay = await RecordingRelay.start(redis.port, undefined, sent);
      const first = await WorkerProcess.start({ redis: relay.url, ...worker });
      await using executor = new DistributedExecutor({
        redis: redis.url,
        root,
        delivery,
        workerLostAfter: 1_000,
      });
      // Its process runs then: the call has no time to say that it has begun.
      expect(await executor.submit(add, 1, 1)).toBe(2);
      isArmed = true;
      writeFileSync(join(folder, "go"), "");
      expect(await executor.submit(hold, folder, "a")).toBe("a");
      expect(await count(`LLEN ${base}:active`)).toBe(1);
      await first.kill();
      await using _second = await startWorker({ redis: redis.url, ...worker });
      await nothingLeft();
      expect(lines("started")).toEqual(delivery === "at-least-once" ? ["a", "a"] : ["a"]);
      expect(await executor.submit(add, 1, 2)).toBe(3);
    },
  );

  test("of a worker after its job is completed: nothing runs again", async () => {
    let silent = false;
    await using relay = await RecordingRelay.start(
      redis.port,
      (text) => (silent ? "" : text),
      (text) => {
        silent ||= text.includes("xadd");
        return text;
      },
    );
    const first = await WorkerProcess.start({ redis: relay.url, ...worker });
    await using executor = new DistributedExecutor({ redis: redis.url, root, workerLostAfter: 1_000 });
    writeFileSync(join(folder, "go"), "");
    expect(await executor.submit(hold, folder, "a")).toBe("a");
    await nothingLeft();
    await first.kill();
    await using _second = await startWorker({ redis: redis.url, ...worker });
    expect(await executor.submit(add, 1, 2)).toBe(3);
    expect(lines("started")).toEqual(["a"]);
  });

  test("of a process that runs out of memory: its call fails, and its neighbours do not", async () => {
    await using _worker = await WorkerProcess.start(
      { redis: redis.url, ...worker, slots: 2 },
      process.execPath,
      // The test's own process is taken for dead by what it says.
      { nodeOptions: "--max-old-space-size=40", stderr: "ignore" },
    );
    await using executor = new DistributedExecutor({ redis: redis.url, root });
    const fatal = executor.submit(fill);
    const neighbour = executor.submit(hold, folder, "a");
    expect(await fatal.exception()).toBeInstanceOf(BrokenProcessPool);
    writeFileSync(join(folder, "go"), "");
    expect(await neighbour).toBe("a");
  });

  test("of each machine that runs a call: it fails after the limit, and is not tried on the next", async () => {
    const options = { redis: redis.url, root, slots: 1, workerLostAfter: 500, maxWorkerLosses: 1 };
    const machines = await Promise.all([1, 2, 3].map(() => WorkerProcess.start(options)));
    try {
      await using executor = new DistributedExecutor({
        redis: redis.url,
        root,
        workerLostAfter: 500,
        maxWorkerLosses: 1,
      });
      expect(await executor.submit(killMachine, folder).exception()).toBeInstanceOf(WorkerLostError);
      expect(await executor.submit(add, 1, 2)).toBe(3);
      expect(lines("started")).toEqual(["poison", "poison"]);
      await until(async () => (await count(`ZCARD ${base}:failed`)) === 0);
    } finally {
      for (const machine of machines) await machine.kill();
    }
  });
});
