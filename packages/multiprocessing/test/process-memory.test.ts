import {
  EOFError,
  getContext,
  LockAbandonedError,
  Manager,
  type RawValue,
  sharedBuffer,
} from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** Locks, queues and values of `getContext("spawn")` in memory that processes share, used by real processes. */

const ctx = getContext("spawn");
type Jobs = Record<string, (...args: never[]) => unknown>;
let jobs: Jobs;
const pool = new ctx.Pool(2);
const run = (name: string, ...args: unknown[]): Promise<never> =>
  pool.apply(jobs[name] as (...args: unknown[]) => never, args as never[]) as Promise<never>;

beforeAll(async () => {
  jobs = (await import("./fixtures/memory-jobs.mjs" as string)) as Jobs;
});
afterAll(() => pool.terminate());

/** A process that runs a job until it is killed. */
function process(name: string, ...args: unknown[]): InstanceType<typeof ctx.Process> {
  const started = new ctx.Process({ target: jobs[name] as (...args: unknown[]) => void, args });
  started.start();
  return started as InstanceType<typeof ctx.Process>;
}

/** Runs jobs in a process each, at the same time. */
async function together(...all: readonly (readonly [string, ...unknown[]])[]): Promise<void> {
  const processes = all.map(([name, ...args]) => process(name, ...args));
  for (const one of processes) await one.join();
  expect(processes.map(({ exitcode }) => exitcode)).toEqual(all.map(() => 0));
}

describe("values", () => {
  test("a Value counts in two processes and here at once, and loses nothing", async () => {
    const value = ctx.Value("i", 0);
    const counting = [run("count", value, 2000), run("count", value, 2000)];
    for (let i = 0; i < 2000; i++) {
      await value.run(() => {
        value.value += 1;
      });
    }
    await Promise.all(counting);
    expect(value.value).toBe(6000);
  });

  test("each kind is seen alike by children and grandchildren, and is of the same class", async () => {
    const make = () => ({
      raw: ctx.RawValue("q", 1),
      value: ctx.Value("h", 2),
      array: ctx.Array("d", [0, 0]),
      rawArray: ctx.RawArray("B", 4),
      memory: ctx.SharedMemory({ create: true, size: 16 }),
      list: ctx.ShareableList([1, "two"]),
    });
    const seen = ({ raw, value, array, rawArray, memory, list }: ReturnType<typeof make>): unknown[] => [
      raw.value,
      value.value,
      array.get(1),
      rawArray.get(2),
      memory.buf?.[3],
      list.get(0),
    ];
    for (const job of ["writeAll", "passOn"]) {
      const objects = make();
      const classes = await run(job, objects);
      expect(seen(objects)).toEqual([5n, 6, 7.5, 8, 9, 10]);
      if (job === "writeAll") {
        expect(classes).toEqual(Object.values(objects).map((object) => object.constructor.name));
      }
      objects.memory.unlink();
      objects.list.shm.unlink();
    }
  });

  test("they go through queues, pipes and results, and arrive as themselves", async () => {
    const array = ctx.RawArray("i", 1000);
    const queue = ctx.Queue();
    await queue.put(array.view);
    expect(await run("takeAndFill", queue)).toBe(1000);
    expect(array.get(999)).toBe(3);
    const back = (await run("same", array)) as typeof array;
    back.set(0, 77);
    expect(array.get(0)).toBe(77);
    const [here, there] = ctx.Pipe();
    const echoing = run("echo", there);
    await here.send({ array, lock: ctx.Lock() });
    const received = (await here.recv()) as { array: typeof array; lock: ReturnType<typeof ctx.Lock> };
    received.array.set(1, 78);
    expect(array.get(1)).toBe(78);
    expect(await received.lock.acquire(0)).toBe(true);
    await here.send("end");
    await echoing;
  });

  test("a typed array over sharedBuffer() is the same memory everywhere", async () => {
    const view = new Int32Array(sharedBuffer(64));
    const queue = ctx.Queue();
    await queue.put({ view });
    const back = (await queue.get()) as { view: Int32Array };
    back.view[3] = 30;
    const part = (await run("same", view.subarray(2, 4))) as unknown as Int32Array;
    expect([part.length, part[1]]).toEqual([2, 30]);
    part[0] = 20;
    expect([view[2], view[3]]).toEqual([20, 30]);
  });

  test("an empty array, a copy, and a lock beside a raw value", async () => {
    expect(((await run("same", ctx.RawArray("i", 0))) as { length: number }).length).toBe(0);
    const copied = ctx.copy(ctx.RawValue("i", 9));
    const guarded = ctx.synchronized(copied);
    await run("count", guarded, 1);
    expect(copied.value).toBe(10);
  });

  test("a SharedMemoryManager's blocks reach processes, and end with it", async () => {
    const manager = new ctx.SharedMemoryManager().start();
    const block = manager.SharedMemory(100);
    const same = (await run("same", block)) as typeof block;
    (same.buf as Uint8Array)[5] = 6;
    expect(block.buf?.[5]).toBe(6);
    manager.shutdown();
    expect(() => ctx.SharedMemory(block.name)).toThrow("on this machine");
  });
});

describe("locks", () => {
  test.each([
    ["Lock", () => ctx.Lock()],
    ["RLock", () => ctx.RLock()],
    ["Semaphore", () => ctx.Semaphore(1)],
    ["BoundedSemaphore", () => ctx.BoundedSemaphore(1)],
    ["Condition", () => ctx.Condition()],
  ])("a %s keeps two processes apart, one that blocks and one that awaits", async (_name, make) => {
    const raw = ctx.RawValue("i", 0) as RawValue<"i">;
    const guard = make();
    const start = ctx.Barrier(2);
    await together(
      ["countUnder", start, guard, raw, 500, true],
      ["countUnder", start, guard, raw, 500, false],
    );
    expect(raw.value).toBe(1000);
  });

  test("control: without a lock some of it is lost", async () => {
    let lost = false;
    for (let tries = 0; tries < 10 && !lost; tries++) {
      const start = ctx.Barrier(2);
      const raw = new ctx.RawValue("i", 0);
      await together(["countPlain", start, raw, 300_000], ["countPlain", start, raw, 300_000]);
      lost = raw.value < 600_000;
    }
    expect(lost).toBe(true);
  });

  test.each([
    ["Lock", () => ctx.Lock()],
    ["RLock", () => ctx.RLock()],
  ])(
    "a %s whose process is killed fails for each that waits, until somebody releases it",
    async (name, make) => {
      const lock = make();
      const [held, ready] = [ctx.Event(), ctx.Event()];
      const holder = process("hold", lock, held);
      await held.wait();
      const others = [run("acquireAwaiting", lock, ready), run("acquireBlocking", lock, ctx.Event())];
      await ready.wait();
      const here = lock.acquire().catch((error: Error) => error);
      holder.kill();
      expect(await here).toBeInstanceOf(LockAbandonedError);
      expect(((await here) as Error).message).toContain("process");
      expect(await Promise.all(others)).toEqual(["LockAbandonedError", "LockAbandonedError"]);
      if (name === "Lock") {
        await lock.release();
        expect(await lock.acquire(0)).toBe(true);
      }
      await holder.join();
    },
  );

  test("who only tries a lock learns that the process that held it was killed", async () => {
    for (const lock of [ctx.Lock(), ctx.Semaphore(1)]) {
      const held = ctx.Event();
      const holder = process("hold", lock, held);
      await held.wait();
      expect(await lock.acquire(0)).toBe(false);
      globalThis.process.kill(holder.pid as number, "SIGKILL");
      await until(() =>
        lock.acquire(0).then(
          () => false,
          (error: unknown) => error instanceof LockAbandonedError,
        ),
      );
      await lock.release();
      expect(await lock.acquire(0)).toBe(true);
      await holder.join();
    }
  });

  test("a parent that blocks notices that the process that held it was killed, though nobody has waited for it", async () => {
    const lock = ctx.Lock();
    const held = ctx.Event();
    const holder = process("hold", lock, held);
    await held.wait();
    globalThis.process.kill(holder.pid as number, "SIGKILL");
    expect(() => lock.acquireSync()).toThrow(LockAbandonedError);
    await holder.join();
  });
});

describe("signals", () => {
  test("an Event wakes processes that wait, and is set by them", async () => {
    const [event, answer] = [ctx.Event(), ctx.Event()];
    const waiting = [run("answerEvent", event, answer, true), run("answerEvent", event, ctx.Event(), false)];
    expect(await answer.wait(30)).toBe(false);
    expect(answer.waitSync(30)).toBe(false);
    await event.set();
    expect(await answer.wait()).toBe(true);
    expect(await Promise.all(waiting)).toEqual([true, true]);
  });

  test("a Barrier lets three go together, and gives each its number", async () => {
    const barrier = ctx.Barrier(3);
    for (let round = 0; round < 20; round++) {
      const indexes = await Promise.all([
        run("meet", barrier, true),
        run("meet", barrier, false),
        barrier.wait(),
      ]);
      expect([...indexes].sort()).toEqual([0, 1, 2]);
    }
  });

  test("a Condition waits until another process has made something true", async () => {
    const [condition, value, ready] = [ctx.Condition(), ctx.RawValue("i", 0), ctx.Event()];
    const waiting = run("waitFor", condition, value, 3, ready);
    await ready.wait();
    for (let i = 1; i <= 3; i++) {
      await condition.run(() => {
        value.value = i;
        condition.notifyAllSync();
      });
    }
    expect(await waiting).toBe(3);
  });
});

describe("queues and pipes", () => {
  test.each([
    ["Queue", () => ctx.Queue()],
    ["a bounded Queue", () => ctx.Queue(3)],
    ["SimpleQueue", () => ctx.SimpleQueue()],
    ["JoinableQueue", () => ctx.JoinableQueue()],
  ])("%s: what goes round through two processes arrives whole and in order", async (_name, make) => {
    const [there, between, back] = [make(), make(), make()];
    const relays = [run("relay", there, between, true), run("relay", between, back, false)];
    const items = Array.from({ length: 300 }, (_, at) => (at % 3 === 0 ? at : { at, text: "x".repeat(at) }));
    const sent = (async () => {
      for (const item of [...items, null]) await there.put(item);
    })();
    const received: unknown[] = [];
    for (let item = await back.get(); item !== null; item = await back.get()) received.push(item);
    expect(received).toEqual(items);
    await Promise.all([sent, ...relays]);
  });

  test("items that wait for room keep what they were", async () => {
    const queue = ctx.Queue(1);
    const puts = [1, 2, 3, 4].map((item) => queue.put(item));
    const got = new Set<unknown>();
    for (let i = 0; i < 4; i++) got.add(await queue.get());
    expect([...got].sort()).toEqual([1, 2, 3, 4]);
    await Promise.all(puts);
  });

  test("JoinableQueue.join waits for another process's work", async () => {
    const queue = ctx.JoinableQueue();
    const answering = run("answer", queue);
    for (let i = 0; i < 50; i++) await queue.put(i);
    await queue.put(null);
    expect(await queue.join(10_000)).toBe(true);
    await answering;
  });

  test("large items come through", async () => {
    const [here, there] = ctx.Pipe();
    const echoing = run("echo", there);
    const bytes = new Uint8Array(5_000_000).fill(7);
    await here.send(bytes);
    const back = (await here.recv()) as Uint8Array;
    expect([back.length, back[4_999_999]]).toEqual([5_000_000, 7]);
    await here.send("end");
    await echoing;
  });

  test("a pipe ends when the process at the other end is killed, after its last words", async () => {
    const [here, there] = ctx.Pipe();
    const held = ctx.Event();
    const other = process("send", there, held);
    await held.wait();
    expect(await here.recv()).toBe("last words");
    const waiting = here.recv().catch((error: unknown) => error);
    other.kill();
    expect(await waiting).toBeInstanceOf(EOFError);
    await other.join();
  });

  test("what is shared between threads only is refused, with a name to use instead", async () => {
    const thread = getContext("thread");
    const queue = ctx.Queue();
    await expect(queue.put(thread.Lock())).rejects.toThrow('getContext("spawn").Lock()');
    await expect(async () => run("same", thread.Value("i", 1))).rejects.toThrow(
      'getContext("spawn").Value()',
    );
  });
});

describe("a manager on this machine", () => {
  test("keeps what lies in memory that processes share, and gives it back", async () => {
    await using manager = await Manager();
    const dict = await manager.dict();
    const array = ctx.RawArray("i", 3);
    await dict.set("array", array);
    const back = (await dict.get("array")) as typeof array;
    back.set(2, 5);
    expect(array.get(2)).toBe(5);
  });
});
