import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { task } from "@concurrent-futures/callable";
import { ValueError } from "@concurrent-futures/core";
import * as mp from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterEach, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** What can go wrong with a process: wrong use, and children that do not do as they are told. */

type Target = (...args: unknown[]) => unknown;
const target = (name: string): Target =>
  task(new URL("./fixtures/process-targets.mjs", import.meta.url), name) as unknown as Target;
const error = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });

const started: mp.Process[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) {
    if (!one.isAlive()) continue;
    one.kill();
    await one.join();
  }
});

for (const context of ["thread", "spawn"] as const) {
  const ctx = mp.getContext(context);
  const make = (name: string, args: readonly unknown[] = []): mp.Process => {
    const one = new ctx.Process({ target: target(name), args: args as unknown[] }) as mp.Process;
    started.push(one);
    return one;
  };
  const start = (name: string, ...args: unknown[]): mp.Process => {
    const one = make(name, args);
    one.start();
    return one;
  };

  describe(`Process refuses [${context}]`, () => {
    test.each([
      ["a target that is no function", { target: 5 }, "TypeError", /`target` to be a function/],
      ["arguments that are no array", { args: "ab" }, "TypeError", /`args` to be an array/],
      ["a name that is no string", { name: 5 }, "TypeError", /name of a process to be a string/],
      [
        "a daemon that is neither true nor false",
        { daemon: "yes" },
        "TypeError",
        /`daemon` to be true or false/,
      ],
      ["an unknown context", { context: "fork" }, "ValueError", /cannot find context/],
      ["an unknown option", { nmae: "x" }, "ValueError", /nmae/],
      ["options that are none", 5, "TypeError", /options/],
    ])("%s", (_what, options, kind, message) => {
      expect(() => new ctx.Process(options as object)).toThrow(message);
      expect(() => new ctx.Process(options as object)).toThrow(kind === "TypeError" ? TypeError : ValueError);
    });

    test("a target that captured what cannot be sent, by the variable's name", () => {
      const socket = process.stdout;
      const one = new ctx.Process({ target: () => socket.write("x") });
      expect(() => one.start()).toThrow(error("SerializationError", /socket/));
      expect([one.isAlive(), one.exitcode, one.pid]).toEqual([false, null, null]);
    });

    test("an argument that cannot be sent, by its path", () => {
      const one = make("nothing", [{ deep: [new WeakMap()] }]);
      expect(() => one.start()).toThrow(error("SerializationError", /Cannot send argument 1 \.deep\[0\]/));
    });

    test("join, terminate and kill before the start, a second start, and a change of daemon after it", async () => {
      const one = make("nothing");
      await expect(one.join()).rejects.toThrow(error("AssertionError", /can only join a started process/));
      for (const how of ["terminate", "kill", "interrupt"] as const)
        expect(() => one[how]()).toThrow(error("AssertionError", /start\(\) first/));
      one.daemon = true;
      one.start();
      expect(() => one.start()).toThrow(error("AssertionError", /cannot start a process twice/));
      expect(() => {
        one.daemon = false;
      }).toThrow(error("AssertionError", /already started/));
      await one.join();
      expect(() => one.start()).toThrow(error("AssertionError", /twice/));
    });

    test("to be passed on", async () => {
      const one = make("nothing");
      await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: ctx });
      expect(() => pool.submit(((value: unknown) => value) as Target, one)).toThrow(
        error("SerializationError", /cannot be sent to a worker/),
      );
    });

    test("to join the process in which we are", async () => {
      await expect(mp.currentProcess().join()).rejects.toThrow(
        error("AssertionError", /can only join a child/),
      );
    });

    test("a subclass with private fields: they would be missing there", async () => {
      const { Hidden } = (await import("./fixtures/process-targets.mjs")) as unknown as {
        Hidden: new (options: object) => mp.Process;
      };
      const one = new Hidden({ context });
      expect(() => one.start()).toThrow(error("SerializationError", /#|private/));
    });
  });

  describe(`a child [${context}]`, () => {
    test("whose promise can never settle ends with 13, as in Node", async () => {
      const one = start("unsettled");
      await one.join();
      expect(one.exitcode).toBe(13);
    });

    test("that is interrupted runs its listeners, or ends", async () => {
      const queue = ctx.Queue();
      const listening = start("interruptible", queue);
      expect(await queue.get()).toBe("ready");
      listening.interrupt();
      expect(await queue.get()).toBe("interrupted");
      await listening.join();
      expect(listening.exitcode).toBe(0);
      const deaf = start("sayReady", queue);
      expect(await queue.get()).toBe("ready");
      deaf.interrupt();
      await deaf.join();
      expect(deaf.exitcode).toBe(-2);
    });

    test("that computes is interrupted, too", async () => {
      const one = start("compute");
      await one.join(150);
      one.interrupt();
      await one.join();
      expect(one.exitcode).toBe(-2);
    });

    test("is ended at the end of an `await using` block, also one that ignores SIGTERM", async () => {
      const queue = ctx.Queue();
      let seen: mp.Process;
      {
        await using one = new ctx.Process({ target: target("stubborn"), args: [queue] }) as mp.Process;
        seen = one;
        one.start();
        expect(await queue.get()).toBe("ready");
      }
      expect(seen.exitcode).toBe(context === "thread" ? -15 : -9);
    });

    test("that dies with a lock lets nobody hang", async () => {
      const [lock, queue] = [ctx.Lock(), ctx.Queue()];
      const one = start("hold", lock, queue);
      expect(await queue.get()).toBe("held");
      const waiting = (lock.acquire() as Promise<boolean>).catch((failure: Error) => failure.name);
      one.kill();
      await one.join();
      // What the lock protects may be half done.
      expect(await waiting).toBe("LockAbandonedError");
    });

    test("can be started and ended many times: no descriptor, no zombie and no child is left", async () => {
      const descriptors = (): number => readdirSync("/proc/self/fd").length;
      const round = async (): Promise<void> => {
        const all = Array.from({ length: 4 }, () => start("nothing"));
        for (const one of all) await one.join();
        expect(all.map((one) => one.exitcode)).toEqual([0, 0, 0, 0]);
        started.length = 0;
      };
      await round();
      const before = descriptors();
      const resources = process.getActiveResourcesInfo().length;
      const rounds = process.env["STRESS"] === "1" ? 250 : 5;
      for (let n = 0; n < rounds; n++) await round();
      expect(descriptors()).toBeLessThanOrEqual(before + 2);
      expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resources + 2);
      expect(mp.activeChildren()).toEqual([]);
      expect(zombies()).toEqual([]);
    }, 600_000);
  });

  describe("the workers of an executor", () => {
    test(`have a name and a parent, too [${context}]`, async () => {
      const queue = ctx.Queue();
      await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: ctx });
      await pool.submit(target("tell"), queue);
      expect(await queue.get()).toMatchObject({ name: "PoolWorker-1", daemon: false, alive: true });
      await pool.submit(target("tellParent"), queue);
      expect(await queue.get()).toMatchObject({ pid: process.pid, name: "MainProcess", alive: true });
    });

    test(`can start processes [${context}]`, async () => {
      const queue = ctx.Queue();
      await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: ctx });
      await pool.submit(target("pass"), queue, context);
      expect(await queue.get()).toMatchObject({ args: ["grandchild"] });
    });
  });
}

/** Children of this process that have ended and that nobody has waited for. */
function zombies(): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return /^State:\s*Z/m.test(status) && status.includes(`\nPPid:\t${process.pid}\n`);
    } catch {
      return false;
    }
  });
}

describe("a process", () => {
  const spawned = (name: string, ...args: unknown[]): mp.Process => {
    const one = new mp.Process({ target: target(name), args, context: "spawn" }) as mp.Process;
    started.push(one);
    one.start();
    return one;
  };

  test("that is stopped by SIGSTOP is killed all the same", async () => {
    const queue = mp.getContext("spawn").Queue();
    const one = spawned("sayReady", queue);
    expect(await queue.get()).toBe("ready");
    process.kill(one.pid as number, "SIGSTOP");
    await until(() => /^State:\s*T/m.test(readFileSync(`/proc/${one.pid}/status`, "utf8")));
    one.terminate();
    await one.join(100);
    expect(one.isAlive()).toBe(true);
    one.kill();
    await one.join();
    expect(one.exitcode).toBe(-9);
  });

  test("may ignore SIGTERM, and then lives on until it is killed", async () => {
    const queue = mp.getContext("spawn").Queue();
    const one = spawned("stubborn", queue);
    expect(await queue.get()).toBe("ready");
    one.terminate();
    await one.join(100);
    expect(one.exitcode).toBeNull();
    one.kill();
    await one.join();
    expect(one.exitcode).toBe(-9);
  });

  test("cannot be started without file descriptors: the error says so, and the program goes on", async () => {
    const file = fileURLToPath(new URL("./fixtures/process-without-descriptors.mjs", import.meta.url));
    const limited = `ulimit -n 128; exec "${process.execPath}" "${file}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", limited], { timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual({
      name: "OSError",
      message: expect.stringContaining("file descriptors"),
      later: 0,
    });
  });
});

describe("_TestProcess", () => {
  test("test_parent_process [spawn]: a grandchild sees its parent alive, and then killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parent-process-"));
    try {
      const file = join(folder, "seen");
      const one = new mp.Process({
        target: target("startOutliving"),
        args: [file, "spawn"],
        context: "spawn",
      }) as mp.Process;
      one.start();
      await until(() => existsSync(`${file}.ready`), 20_000);
      one.kill();
      await until(() => existsSync(file) && readFileSync(file, "utf8") !== "", 20_000);
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ before: true, after: false });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
