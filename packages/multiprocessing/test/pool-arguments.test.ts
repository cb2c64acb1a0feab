import {
  ArgumentTypeError,
  asCompleted,
  SerializationError,
  TaskGroup,
  ValueError,
} from "@concurrent-futures/core";
import {
  Listener,
  Manager,
  MaybeEncodingError,
  Pool,
  Process,
  SharedMemoryManager,
  SyncManager,
  ThreadPool,
} from "@concurrent-futures/multiprocessing";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

let pool: Pool;
beforeAll(() => {
  pool = new Pool(1);
});
afterAll(async () => {
  pool.terminate();
  await pool.join();
});

describe("a wrong call of a pool is refused where it is made", () => {
  test.each([
    ["arguments that are no array", () => pool.apply(Math.abs as never, 5 as never), ArgumentTypeError],
    ["arguments that are a text", () => pool.applySync(Math.max as never, "ab" as never), ArgumentTypeError],
    ["more than the arguments", () => (pool.apply as Function)(Math.max, [1], { b: 2 }), ArgumentTypeError],
    ["more than callbacks", () => (pool.applyAsync as Function)(Math.max, [1], {}, 1), ArgumentTypeError],
    ["an unknown callback", () => pool.applyAsync(Math.random, [], { calback: 1 } as never), ValueError],
    ["an unknown option", () => pool.mapAsync(Math.abs, [1], { chunkSize: 1 } as never), ValueError],
    ["an unknown option of map", () => pool.map(Math.abs, [1], { chunkSize: 1 } as never), ValueError],
    ["a chunk of none", () => pool.map(Math.abs, [1], 0), ValueError],
    [
      "positional arguments of the constructor",
      () => new (Pool as unknown as new (...a: unknown[]) => Pool)(2, Math.abs),
      ArgumentTypeError,
    ],
  ])("%s", (_what, call, Class) => {
    // `this` is the pool.
    expect(call.bind(pool)).toThrow(Class);
  });

  test("chunks are a number or an option", async () => {
    expect(await pool.map(Math.abs, [-1, -2, -3], { chunksize: 2 })).toEqual([1, 2, 3]);
    expect(pool.starmapSync(Math.max, [[1, 2]], 1)).toEqual([2]);
  });

  test("an argument that cannot be sent is no MaybeEncodingError, a result that cannot is one", async () => {
    const argument = pool.map((value: unknown) => value, [1, new WeakMap()]);
    await expect(argument).rejects.toBeInstanceOf(SerializationError);
    await expect(argument).rejects.not.toBeInstanceOf(MaybeEncodingError);
    await expect(pool.apply(() => new WeakMap())).rejects.toBeInstanceOf(MaybeEncodingError);
  });

  test("a manager's pool takes the same options, checked in the server", async () => {
    await using manager = await Manager();
    const managed = await manager.Pool({ processes: 1, maxtasksperchild: 1 });
    expect(await managed.apply((n: number) => n + 1, [0])).toBe(1);
    await expect(manager.Pool({ processes: 0 })).rejects.toThrow(ValueError);
    await managed.terminate();
  });
});

describe("a refusal has a way out that fits", () => {
  let kept: unknown;
  const keep = () => {
    kept = 1;
  };
  const ofThis = function (this: unknown) {
    return this;
  };

  test.each([
    ["a task", () => pool.apply(keep), /assigns to `kept`.*Return the value instead/s],
    [
      "a pool's initializer",
      () => new Pool({ initializer: keep }),
      /tasks that need it into a module.*globalThis/s,
    ],
    [
      "an executor's initializer",
      () => new ProcessPoolExecutor({ initializer: keep }),
      /tasks that need it into a module.*globalThis/s,
    ],
    ["the target of a process", () => new Process({ target: keep }).start(), /through a queue or a pipe/],
    ["an initializer's `this`", () => new Pool({ initializer: ofThis }), /`this`.*in `initargs` instead/s],
    ["a target's `this`", () => new Process({ target: ofThis }).start(), /`this`.*in `args` instead/s],
  ])("for %s", (_what, call, words) => {
    expect(kept).toBeUndefined();
    expect(call).toThrow(words);
  });

  test("for a manager's initializer", async () => {
    await expect(new SyncManager().start(keep)).rejects.toThrow(/tasks that need it into a module/);
  });

  test("for what of this library stays where it is, captured and as an argument", async () => {
    await using slots = new ThreadPoolExecutor(1);
    await using listener = new Listener();
    const threads = new ThreadPool(1);
    const map = slots.map(Math.abs, [1]);
    const staying = {
      pool,
      threads,
      slots,
      view: slots.withOptions({ timeout: 1 }),
      group: new TaskGroup(slots),
      map,
      settled: map.settled(),
      completed: asCompleted([]),
      result: pool.applyAsync(Math.random),
      imap: pool.imap(Math.abs, [1]),
      process: new Process({ target: Math.random }),
      listener,
      manager: new SyncManager(),
      blocks: new SharedMemoryManager(),
    };
    const words = Object.entries(staying).flatMap(([name, it]) =>
      [() => pool.apply((x: unknown) => x, [it]), () => pool.apply(() => String(it))].map((call) => {
        try {
          call();
        } catch (error) {
          return error instanceof SerializationError ? error.message : String(error);
        }
        return `${name} was sent`;
      }),
    );
    const isOwn = (text: string) =>
      /(belongs to the thread that made it|cannot be passed between processes|cannot be sent to a worker)/.test(
        text,
      );
    expect(words.filter((text) => !isOwn(text) || text.includes("[reduce]"))).toEqual([]);
    threads.terminate();
  });
});
