import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, jest, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

/** What `thread-host.ts` leans on, beyond piscina's documented surface. A new minor version that changes it fails here. */
describe("piscina, as far as our threads lean on it", () => {
  const require = createRequire(new URL("../src/host/thread-host.ts", import.meta.url));
  const { Piscina } = require("piscina") as typeof import("piscina");

  test("is the minor version that we know", () => {
    const manifest = join(dirname(require.resolve("piscina")), "..", "package.json");
    expect((JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version).toMatch(/^5\.3\./);
  });

  test("starts its thread within run(), loads the task file unasked, and lets it take the thread over", async () => {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const piscina = new Piscina({
      filename: fileURLToPath(new URL("./fixtures/takes-over.mjs", import.meta.url)),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: "disabled",
      workerData: { flag },
    });
    try {
      const run = piscina.run(null);
      expect(piscina.threads).toHaveLength(1);
      // Blocked: the thread must come up without this event loop.
      expect(Atomics.wait(flag, 0, 0, 10_000)).not.toBe("timed-out");
      const { port1, port2 } = new MessageChannel();
      const [thread] = piscina.threads;
      const echoed = new Promise((resolve) => {
        port1.once("message", resolve);
      });
      thread?.postMessage({ port: port2 }, [port2 as never]);
      port1.postMessage("through the port");
      expect(await echoed).toBe("through the port");
      await run;
      port1.close();
    } finally {
      await piscina.destroy();
    }
  });

  test("hands a task over by this event loop only: blocked callers need a piscina, and a port, for each thread", async () => {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const piscina = new Piscina({
      filename: fileURLToPath(new URL("./fixtures/sets-a-flag.mjs", import.meta.url)),
      minThreads: 0,
      maxThreads: 1,
      atomics: "disabled",
    });
    const run = piscina.run(flag);
    expect(Atomics.wait(flag, 0, 0, 300)).toBe("timed-out");
    await run;
    expect(Atomics.load(flag, 0)).toBe(1);
    await piscina.destroy();
  });

  test("starts and ends each thread of a pool, also one that replaces another", async () => {
    const run = jest.spyOn(Piscina.prototype, "run");
    const destroy = jest.spyOn(Piscina.prototype, "destroy");
    try {
      const executor = pool({ maxWorkers: 1 });
      const threadOf = async () => Number(String(await executor.submit(work("whoAmI"))).split(":")[1]);
      const [first] = await Promise.all([threadOf(), rejection(executor.submit(work("exit"), 3))]);
      const second = await threadOf();
      const started = run.mock.contexts as InstanceType<typeof Piscina>[];
      expect(started).toHaveLength(2);
      expect(started.map(({ threads }) => threads.map(({ threadId }) => threadId))).toEqual([[], [second]]);
      expect(first).not.toBe(second);
      await executor.shutdown();
      expect(new Set(destroy.mock.contexts)).toEqual(new Set(started));
      expect(started.flatMap(({ threads }) => threads)).toEqual([]);
    } finally {
      run.mockRestore();
      destroy.mockRestore();
    }
  });

  test("does not replace a thread that has died", async () => {
    const piscina = new Piscina({
      filename: fileURLToPath(new URL("./fixtures/takes-over.mjs", import.meta.url)),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: "disabled",
      workerData: { flag: new Int32Array(new SharedArrayBuffer(4)) },
    });
    piscina.on("error", () => {});
    await piscina.run(null);
    const [thread] = piscina.threads;
    await thread?.terminate();
    expect(piscina.threads).toHaveLength(0);
    await piscina.destroy();
  });
});
