import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError, ValueError } from "@concurrent-futures/core";
import * as mp from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { describe, expect, test } from "@jest/globals";

type Members = Record<string, unknown>;
type Maker = new (...args: unknown[]) => object;

const methods = ["thread", "spawn"] as const;

/** What the module exports and a context does not have, with the reason. */
const moduleOnly = {
  "is made by a pool": ["AsyncResult", "MapResult", "IMapIterator"],
  "is what all that can be acquired extends": ["Acquirable"],
  "is made by parentProcess()": ["ParentProcess"],
  "is made by Client() or a Listener; Connection is what to ask for": ["SocketConnection"],
  "belongs to multiprocessing.pool in Python": ["ThreadPool"],
  "is made by Value() or Array()": ["SynchronizedValue", "SynchronizedArray"],
  "is Array, by the name of its contract": ["SharedArray"],
  "is the same memory for threads and processes": ["sharedBuffer"],
  "belongs to multiprocessing.connection in Python": ["deliverChallenge", "answerChallenge"],
  "is for those who start threads of their own": ["watchThreads", "markExited"],
};

/** How each class of a context is made. */
const constructors: Record<string, readonly unknown[]> = {
  Lock: [],
  RLock: [],
  Semaphore: [2],
  BoundedSemaphore: [2],
  Condition: [],
  Event: [],
  Barrier: [2, undefined, 100],
  Queue: [3],
  SimpleQueue: [],
  JoinableQueue: [],
  Process: [{ name: "one" }],
};

const sharedMemory: Record<string, readonly unknown[]> = {
  Value: ["i", 0],
  Array: ["i", 3],
  RawValue: ["i", 0],
  RawArray: ["i", 3],
  SharedMemory: [{ create: true, size: 1 }],
  ShareableList: [[1]],
};

test("both contexts have the same members", () => {
  const [thread, spawn] = methods.map((method) => Object.keys(mp.getContext(method)).sort());
  expect(thread).toEqual(spawn);
});

test("every value of the module is a member of each context, or belongs to the module alone", () => {
  const members = Object.keys(mp.getContext("thread"));
  const alone = Object.values(moduleOnly).flat();
  expect([...members, ...alone].sort()).toEqual(Object.keys(mp).sort());
});

for (const method of methods) {
  const ctx = mp.getContext(method);
  const members = ctx as unknown as Members;
  const named = (row: string, text: string): string => `${row} [${method}]: ${text}`;

  describe(`getContext("${method}")`, () => {
    test.each(Object.entries(constructors))("%s is made with and without new", (name, args) => {
      const make = members[name] as Maker & ((...args: readonly unknown[]) => object);
      const [made, called] = [new make(...args), make(...args)];
      expect(made.constructor).toBe(called.constructor);
      expect(String(made)).not.toBe("[object Undefined]");
    });

    test("Pool and Listener are, too", async () => {
      for (const pool of [new ctx.Pool(1), ctx.Pool({ processes: 1 })]) {
        expect(pool).toBeInstanceOf(ctx.Pool);
        expect(pool).toBeInstanceOf(mp.Pool);
        expect(await pool.apply(Math.max, [1, 2])).toBe(2);
        pool.terminate();
        await pool.join();
      }
      for (const listener of [new ctx.Listener(), ctx.Listener()]) {
        expect(listener).toBeInstanceOf(mp.Listener);
        await listener.close();
      }
    });

    test("its classes are those that instances belong to, and can be extended", () => {
      class Mine extends ctx.Process {}
      expect(new Mine()).toBeInstanceOf(ctx.Process);
      expect(new Mine()).toBeInstanceOf(mp.Process);
      expect((Mine as unknown as { startMethod: string }).startMethod).toBe(method);
      const [one] = ctx.Pipe();
      expect(one).toBeInstanceOf(ctx.Connection);
      expect(ctx.Pipe).not.toBe(mp.getContext(method === "thread" ? "spawn" : "thread").Pipe);
      expect(new ctx.Empty()).toBeInstanceOf(mp.Empty);
    });

    test("cannot be changed, nor go to another machine", () => {
      expect(Object.isFrozen(ctx)).toBe(true);
      expect(mp.getContext(method)).toBe(ctx);
      expect(() => encodeForNetwork(ctx, { name: "it" })).toThrow(SerializationError);
    });

    test("travels to a worker when a function captures it", async () => {
      await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: ctx });
      expect(await pool.submit(() => ctx.getStartMethod()).result()).toBe(method);
      const there = pool.submit((given: typeof ctx) => {
        const lock = given.Lock();
        return [given.getStartMethod(), lock.acquireSync(), lock.acquireSync(0)];
      }, ctx);
      expect(await there.result()).toEqual([method, true, false]);
    });

    test("its members travel alone as well, each as it is", async () => {
      await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext: ctx });
      const { Queue, Pipe, getStartMethod, getContext, Process } = ctx;
      const made = pool.submit(() => {
        const queue = Queue(1);
        queue.putSync("item");
        const [, there] = Pipe();
        there.close();
        const { startMethod } = Process as unknown as { startMethod: string };
        return [queue.getSync(), there.closed, getStartMethod(), getContext().getStartMethod(), startMethod];
      });
      expect(await made.result()).toEqual(["item", true, method, method, method]);
      // One by one: whatever a user takes out of a context can be captured.
      const kinds = await pool.submit((given: Members) => Object.values(given).map((one) => typeof one), {
        ...members,
      });
      expect(kinds).toEqual(Object.values(members).map((one) => typeof one));
    });

    test("its name or itself says which workers a ProcessPoolExecutor has", async () => {
      for (const mpContext of [ctx, method]) {
        await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
        const queue = ctx.Queue();
        await pool.submit((to: typeof queue) => to.put(process.pid), queue).result();
        expect((await queue.get()) === process.pid).toBe(method === "thread");
      }
    });
  });

  describe("TestStartMethod", () => {
    test(named("test_context", "it reports and keeps its method, and its children agree"), async () => {
      expect(ctx.getStartMethod()).toBe(method);
      expect(ctx.getStartMethod({ allowNone: true })).toBe(method);
      expect(ctx.getContext()).toBe(ctx);
      for (const other of [...methods, undefined, "fork"]) {
        expect(() => ctx.setStartMethod(other as never)).toThrow(ValueError);
      }
      expect(ctx.getStartMethod()).toBe(method);
      expect(mp.getStartMethod({ allowNone: true })).toBeUndefined();
      expect(ctx.getAllStartMethods()).toEqual(["thread", "spawn"]);
      const [here, there] = ctx.Pipe();
      const child = new ctx.Process({
        target: async (connection: mp.Connection) => {
          await connection.send([mp.getStartMethod(), mp.getContext().getStartMethod()]);
        },
        args: [there],
      });
      child.start();
      expect(await here.recv()).toEqual([method, method]);
      await child.join();
    });
  });
}

test("the module's own Process and Pool work without new as well, and can be extended", async () => {
  const child = mp.Process({ target: Math.max, args: [1, 2], name: "one" });
  expect(child).toBeInstanceOf(mp.Process);
  expect(child.name).toBe("one");
  const pool = mp.Pool(1);
  expect(await pool.apply(Math.max, [1, 2])).toBe(2);
  pool.terminate();
  await pool.join();
  class Mine extends mp.Process {}
  expect(new Mine()).toBeInstanceOf(Mine);
});

describe("getContext", () => {
  test("refuses unknown names, and gives one context from another", () => {
    for (const name of ["fork", "forkserver", "", "Thread", null, 7]) {
      expect(() => mp.getContext(name as never)).toThrow(ValueError);
      expect(() => mp.getContext("thread").getContext(name as never)).toThrow(ValueError);
    }
    expect(mp.getContext("thread").getContext("spawn")).toBe(mp.getContext("spawn"));
  });

  test.each(Object.entries(sharedMemory))(
    "%s is made with and without new, in each context",
    (name, args) => {
      for (const method of ["spawn", "thread"] as const) {
        const make = (mp.getContext(method) as unknown as Members)[name] as Maker &
          ((...args: unknown[]) => object);
        const both = [make(...args), new make(...args)] as { shm?: mp.SharedMemory; unlink?(): void }[];
        expect(both[0]?.constructor).toBe(both[1]?.constructor);
        for (const one of both) (one.shm ?? one).unlink?.();
      }
    },
  );
});

describe("setStartMethod", () => {
  test('"spawn" makes the module\'s own objects usable by spawned processes', async () => {
    const program = fileURLToPath(new URL("./fixtures/context-program.mjs", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 25_000 });
    const { index, report, ...rest } = JSON.parse(stdout);
    expect([index, report.index].sort()).toEqual([0, 1]);
    expect({ ...report, index: 0 }).toEqual({
      lock: true,
      rlock: true,
      releasedTwice: "AssertionError",
      semaphores: [true, true, true],
      index: 0,
      item: "work",
      method: "spawn",
    });
    expect(rest).toEqual({
      notified: true,
      grandchild: { method: "spawn", isProcess: true },
      received: [["over", "the pipe"], "simple"],
      exitcode: 0,
      counted: 2,
      pooled: "spawn",
    });
  });
});
