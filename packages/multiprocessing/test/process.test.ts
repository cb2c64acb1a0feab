import { task } from "@concurrent-futures/callable";
import * as mp from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** CPython's tests of Process, by their names, on threads and on processes. */

type Target = (...args: unknown[]) => unknown;
const target = (name: string): Target =>
  task(new URL("./fixtures/process-targets.mjs", import.meta.url), name) as unknown as Target;

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
  const make = (name: string, args: readonly unknown[] = [], options: object = {}): mp.Process => {
    const one = new ctx.Process({ target: target(name), args: args as unknown[], ...options }) as mp.Process;
    started.push(one);
    return one;
  };
  const start = (name: string, ...args: unknown[]): mp.Process => {
    const one = make(name, args);
    one.start();
    return one;
  };
  const named = (method: string, text: string): string => `${method} [${context}]: ${text}`;

  describe("_TestProcess", () => {
    test(named("test_args_argument", "arguments reach the child unchanged"), async () => {
      for (const args of [[], [1], [1, "two", [3], { four: 4 }]]) {
        const queue = ctx.Queue();
        const one = start("tell", queue, ...args);
        expect(await queue.get()).toMatchObject({ args });
        await one.join();
      }
    });

    test(named("test_daemon_argument", "inherited from the creator unless given"), () => {
      expect(make("nothing").daemon).toBe(mp.currentProcess().daemon);
      expect(make("nothing", [], { daemon: true }).daemon).toBe(true);
      expect(make("nothing", [], { daemon: false }).daemon).toBe(false);
    });

    test(
      named("test_daemon_argument", "a daemon's children would be daemons, and cannot be started"),
      async () => {
        const queue = ctx.Queue();
        const one = make("tellDaemon", [queue], { daemon: true });
        one.start();
        expect(await queue.get()).toEqual({
          daemon: true,
          inherits: true,
          refused: "daemonic processes are not allowed to have children",
        });
        await one.join();
      },
    );

    test(named("test_parent_process_attributes", "null here; there it is this one"), async () => {
      expect(mp.parentProcess()).toBeNull();
      const queue = ctx.Queue();
      const one = start("tellParent", queue);
      const { pid } = process;
      expect(await queue.get()).toEqual({ pid, ident: pid, name: mp.currentProcess().name, alive: true });
      await one.join();
    });

    test(named("test_process", "what it says before, during and after"), async () => {
      const queue = ctx.Queue();
      const one = make("tell", [queue, 1, 2], { name: "one" });
      expect([one.isAlive(), one.exitcode, one.pid, one.name]).toEqual([false, null, null, "one"]);
      expect(mp.activeChildren()).not.toContain(one);
      one.start();
      expect([one.isAlive(), one.exitcode, one.daemon]).toEqual([true, null, false]);
      expect(mp.activeChildren()).toContain(one);
      const told = (await queue.get()) as object;
      expect(told).toEqual({ args: [1, 2], name: "one", pid: one.pid, daemon: false, alive: true });
      await one.join();
      expect([one.isAlive(), one.exitcode]).toEqual([false, 0]);
      expect(mp.activeChildren()).not.toContain(one);
      expect(one.ident).toBe(one.pid);
      expect(one.pid === process.pid).toBe(context === "thread");
    });

    for (const [method, how, code] of [
      ["test_terminate", "terminate", -15],
      ["test_kill", "kill", -9],
    ] as const) {
      test(named(method, `${how} ends it, and the exit code says how`), async () => {
        const one = start("compute");
        await one.join(0);
        await one.join(-1);
        expect([one.isAlive(), one.exitcode]).toEqual([true, null]);
        one[how]();
        await one.join();
        expect([one.isAlive(), one.exitcode]).toEqual([false, code]);
        one[how]();
      });
    }

    test(named("test_active_children", "listed while it lives"), async () => {
      const one = start("forever");
      expect(mp.activeChildren()).toContain(one);
      one.terminate();
      await one.join();
      expect(mp.activeChildren()).not.toContain(one);
    });

    test(named("test_recursion", "children start children"), async () => {
      const queue = ctx.Queue();
      await start("recurse", queue, [], context).join();
      const seen: unknown[] = [];
      while (!(await queue.empty())) seen.push(await queue.get());
      expect(seen).toEqual([[], [0], [0, 0], [0, 1], [1], [1, 0], [1, 1]]);
    });

    test(named("test_sentinel", "an error before the start; ready after the end"), async () => {
      const one = make("forever");
      expect(() => one.sentinel).toThrow(expect.objectContaining({ name: "ValueError" }));
      one.start();
      const { sentinel } = one;
      expect(one.sentinel).toBe(sentinel);
      expect(await mp.wait([sentinel], 0)).toEqual([]);
      one.kill();
      expect(await mp.wait([sentinel])).toEqual([sentinel]);
      expect(await mp.wait([sentinel], 0)).toEqual([sentinel]);
    });

    test(named("test_close", "not while it runs; afterwards only its name is left"), async () => {
      const one = start("forever");
      expect(() => one.close()).toThrow(expect.objectContaining({ name: "ValueError" }));
      one.terminate();
      await one.join();
      one.close();
      one.close();
      started.length = 0;
      const closed = expect.objectContaining({ name: "ValueError", message: "process object is closed" });
      for (const use of [
        () => one.isAlive(),
        () => one.terminate(),
        () => one.kill(),
        () => one.interrupt(),
        () => one.start(),
        () => one.exitcode,
        () => one.pid,
        () => one.ident,
        () => one.sentinel,
      ])
        expect(use).toThrow(closed);
      await expect(one.join()).rejects.toThrow(closed);
      expect(one.name).toMatch(/Process-\d+/);
    });

    test(named("test_many_processes", "many short and many ended ones"), async () => {
      const short = Array.from({ length: 5 }, () => start("nothing"));
      for (const one of short) await one.join(20_000);
      expect(short.map((one) => one.exitcode)).toEqual([0, 0, 0, 0, 0]);
      const long = Array.from({ length: 5 }, () => start("forever"));
      for (const one of long) one.terminate();
      for (const one of long) await one.join(20_000);
      expect(long.map((one) => one.exitcode)).toEqual([-15, -15, -15, -15, -15]);
    });

    test(named("test_wait_for_threads", "it lives until nothing is left to do there"), async () => {
      const queue = ctx.Queue();
      const one = start("later", queue, 100);
      await one.join();
      expect(await queue.get(0)).toBe("later");
    });
  });

  describe("_TestSubclassingProcess", () => {
    test(named("test_subclassing", "its own run() is what runs, with its own fields"), async () => {
      const { Upper } = (await import("./fixtures/process-targets.mjs")) as unknown as {
        Upper: new (connection: mp.Connection, context: mp.StartMethod) => mp.Process;
      };
      const [here, there] = ctx.Pipe();
      const one = new Upper(there, context);
      started.push(one);
      one.start();
      await here.send("hello");
      expect(await here.recv()).toBe("HELLO");
      await here.send("world");
      expect(await here.recv()).toBe("WORLD");
      await here.send(null);
      await one.join();
      expect(one.exitcode).toBe(0);
    });

    test(named("test_sys_exit", "the code that it exits with"), async () => {
      for (const code of [0, 1, 7, 42]) {
        const one = start("exitWith", code);
        await one.join();
        expect(one.exitcode).toBe(code);
      }
    });
  });

  describe("TestStartMethod", () => {
    test(named("test_nested_startmethod", "a child forwards its queue to a grandchild"), async () => {
      const queue = ctx.Queue();
      await start("pass", queue, context).join();
      expect(await queue.get(0)).toMatchObject({
        args: ["grandchild"],
        name: expect.stringMatching(/-\d+:1$/),
      });
    });
  });

  describe("_TestAtExit", () => {
    test(named("test_atexit", "exit handlers run in the child"), async () => {
      const [here, there] = ctx.Pipe(false);
      await start("exitHandler", there).join();
      expect(await here.recv()).toBe("exit handler");
    });
  });

  describe("TestWait", () => {
    test(named("test_wait_integer", "sentinels are waited for beside connections"), async () => {
      const [here, there] = ctx.Pipe(false);
      const one = start("forever");
      const both = [here, one.sentinel] as const;
      expect(await mp.wait(both, 50)).toEqual([]);
      await there.send("x");
      expect(await mp.wait(both, 20_000)).toEqual([here]);
      one.kill();
      await until(() => !one.isAlive());
      expect(await mp.wait(both)).toEqual([...both]);
      await here.recv();
      expect(await mp.wait(both, 20_000)).toEqual([one.sentinel]);
      here.close();
      there.close();
    });
  });
}

describe("_TestProcess", () => {
  test("test_current: the main process", () => {
    const current = mp.currentProcess();
    expect([current.isAlive(), current.daemon, current.exitcode]).toEqual([true, false, null]);
    expect([current.pid, current.ident]).toEqual([process.pid, process.pid]);
    expect(current.authkey).toHaveLength(32);
    expect(current.name).toBe("MainProcess");
  });

  test("an inspected process tells its name, its state and how it ended", async () => {
    const one = new mp.Process({ name: "shown", daemon: true });
    expect(String(one)).toBe("<Process name='shown' initial daemon>");
    one.start();
    expect(String(one)).toBe(`<Process name='shown' pid=${process.pid} started daemon>`);
    one.terminate();
    await one.join();
    expect(String(one)).toBe(`<Process name='shown' pid=${process.pid} stopped exitcode=-SIGTERM daemon>`);
  });

  test("test_cpu_count: a positive whole number", () => {
    expect(mp.cpuCount()).toBeGreaterThanOrEqual(1);
    expect(Number.isInteger(mp.cpuCount())).toBe(true);
  });
});

describe("TestStartMethod", () => {
  test("test_get_all: the start methods, the default first", () => {
    expect(mp.getAllStartMethods()).toEqual(["thread", "spawn"]);
  });
});
