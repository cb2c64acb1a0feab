import { execFileSync } from "node:child_process";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import * as mp from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

/** What is the same for the primitives of each context, beyond CPython's tests. */

const names = [
  "Lock",
  "RLock",
  "Semaphore",
  "BoundedSemaphore",
  "Condition",
  "Event",
  "Barrier",
  "Queue",
  "JoinableQueue",
  "SimpleQueue",
  "Value",
  "SharedArray",
] as const;

/** What some need to be made. */
const needed: { readonly [name: string]: readonly unknown[] } = {
  Barrier: [2],
  Value: ["i", 1],
  SharedArray: ["i", 3],
};
const parents: { readonly [name: string]: readonly string[] } = {
  BoundedSemaphore: ["Semaphore"],
  JoinableQueue: ["Queue"],
};
const acquirable = ["Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Value", "SharedArray"];
const own = mp as unknown as { readonly [name: string]: Make };
type Make = (new (...args: readonly unknown[]) => object) & ((...args: readonly unknown[]) => object);

for (const method of ["thread", "spawn"] as const) {
  const ctx = mp.getContext(method);

  describe(`[${method}]`, () => {
    test.each(names)(
      "%s is an instance of its contract, made with new and without, and only of that",
      (name) => {
        const Contract = own[name] as Make;
        const make = ctx[name === "SharedArray" ? "Array" : name] as unknown as Make;
        const args = needed[name] ?? [];
        for (const made of [make(...args), new make(...args), Contract(...args), new Contract(...args)]) {
          expect(made).toBeInstanceOf(Contract);
          expect(made).toBeInstanceOf(make);
          const found = names.filter((other) => made instanceof (own[other] as Make));
          expect(found.sort()).toEqual([name, ...(parents[name] ?? [])].sort());
          expect(made instanceof mp.Acquirable).toBe(acquirable.includes(name));
        }
      },
    );

    test("both ends of a Pipe are instances of Connection", () => {
      for (const end of ctx.Pipe()) {
        expect(end).toBeInstanceOf(mp.Connection);
        end.close();
      }
    });

    test("what is not memory shows its name", () => {
      for (const name of names.slice(0, 10)) {
        const made = (ctx[name as "Lock"] as unknown as Make)(...(needed[name] ?? []));
        expect(Object.prototype.toString.call(made)).toBe(`[object ${name}]`);
      }
    });

    test("what looks gives plain values", () => {
      const [lock, semaphore, event, barrier, queue] = [
        ctx.Lock(),
        ctx.Semaphore(2),
        ctx.Event(),
        ctx.Barrier(3),
        ctx.Queue(1),
      ];
      expect([lock.locked(), ctx.RLock().locked(), ctx.Condition().locked()]).toEqual([false, false, false]);
      expect([semaphore.getValue(), semaphore.locked(), event.isSet()]).toEqual([2, false, false]);
      expect([barrier.parties, barrier.nWaiting, barrier.broken]).toEqual([3, 0, false]);
      expect([queue.qsize(), queue.empty(), queue.full(), queue.closed]).toEqual([0, true, false, false]);
      expect(ctx.SimpleQueue().empty()).toBe(true);
    });

    test("each effect has a blocking variant", () => {
      const lock = ctx.Lock();
      expect(lock.acquireSync()).toBe(true);
      expect(lock.releaseSync()).toBeUndefined();
      const event = ctx.Event();
      event.setSync();
      expect(event.isSet()).toBe(true);
      event.clearSync();
      expect(event.isSet()).toBe(false);
      const condition = ctx.Condition();
      condition.runSync(() => {
        condition.notifySync();
        condition.notifyAllSync();
      });
      const barrier = ctx.Barrier(2);
      barrier.abortSync();
      expect(barrier.broken).toBe(true);
      barrier.resetSync();
      expect(barrier.broken).toBe(false);
      const queue = ctx.JoinableQueue<number>();
      queue.putNowaitSync(1);
      expect(queue.getNowaitSync()).toBe(1);
      expect(() => queue.getNowaitSync()).toThrow(mp.Empty);
      queue.taskDoneSync();
      expect(queue.joinSync(0)).toBe(true);
    });

    test("a guard releases at the end of its block, with await and without", async () => {
      const lock = ctx.Lock();
      {
        await using _guard = await lock.guard();
        expect(lock.locked()).toBe(true);
      }
      {
        using guard = lock.guardSync();
        guard.releaseSync();
        expect(lock.locked()).toBe(false);
      }
      expect(lock.locked()).toBe(false);
    });

    test("a semaphore releases several permits in one call, and wakes as many", async () => {
      const semaphore = ctx.Semaphore(0);
      const waiting = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire()];
      await semaphore.release(4);
      expect(await Promise.all(waiting)).toEqual([true, true, true]);
      expect(semaphore.getValue()).toBe(1);
      const bounded = ctx.BoundedSemaphore(3);
      bounded.acquireSync();
      expect(() => bounded.releaseSync(2)).toThrow(ValueError);
      expect(() => bounded.releaseSync(0)).toThrow(ValueError);
      bounded.releaseSync(1);
      expect(bounded.getValue()).toBe(3);
    });

    test("a blocked barrier refuses an async action, and is broken", async () => {
      const barrier = ctx.Barrier(1, async () => {});
      expect(() => barrier.waitSync()).toThrow(ArgumentTypeError);
      expect(barrier.broken).toBe(true);
      await barrier.reset();
      expect(await barrier.wait()).toBe(0);
    });

    test("puts that wait for room keep their items, of whatever kind", async () => {
      const queue = ctx.Queue(1);
      const items = [1, 2.5, "a", "b", true, null, { a: 1 }, [2], "c"];
      const puts = items.map((item) => queue.put(item));
      for (const item of items) expect(await queue.get()).toEqual(item);
      await Promise.all(puts);
    });

    test("a connection sends and receives objects and bytes by blocking, too", () => {
      const [here, there] = ctx.Pipe();
      here.sendSync({ a: 1 });
      expect(there.recvSync()).toEqual({ a: 1 });
      here.sendBytesSync(Uint8Array.of(1, 2, 3, 4), 1, 2);
      expect(there.pollSync(1_000)).toBe(true);
      expect([...there.recvBytesSync()]).toEqual([2, 3]);
      here.sendBytesSync(Uint8Array.of(5, 6));
      const into = new Uint8Array(4);
      expect(there.recvBytesIntoSync(into, 1)).toBe(2);
      expect([...into]).toEqual([0, 5, 6, 0]);
      here.sendBytesSync(Uint8Array.of(5, 6));
      expect(() => there.recvBytesIntoSync(new Uint8Array(1))).toThrow(mp.BufferTooShort);
      here.close();
      there.close();
    });
  });
}

test("a primitive cannot be extended", () => {
  const Extended = class extends (mp.Lock as unknown as new () => object) {};
  expect(() => new Extended()).toThrow("wrap an instance instead");
});

test("a condition takes a lock of its own context only", () => {
  const [thread, spawn] = [mp.getContext("thread"), mp.getContext("spawn")];
  expect(() => thread.Condition(spawn.Lock())).toThrow(ArgumentTypeError);
  expect(() => spawn.Condition(thread.Lock())).toThrow();
});

test("the first primitive fixes the default start method", () => {
  const program = `
    import * as mp from "@concurrent-futures/multiprocessing";
    mp.Lock();
    console.log(mp.getStartMethod({ allowNone: true }));
    try { mp.setStartMethod("spawn"); } catch (error) { console.log(error.message); }`;
  const cwd = new URL(".", import.meta.url);
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd,
    encoding: "utf8",
  });
  expect(out.trim().split("\n")).toEqual(["thread", "context has already been set"]);
});
