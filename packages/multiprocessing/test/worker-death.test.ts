import { Deadline } from "@concurrent-futures/core/deadline";
import {
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  Lock,
  LockAbandonedError,
  Queue,
  RLock,
  Semaphore,
} from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { done } from "../dist/shared/memory/wait-lists.js";
import { WaitQueue, type WaitSteps } from "../dist/shared/memory/wait-queue.js";
import { TestWorker } from "./fixtures/test-workers.ts";

describe("a worker that dies while it holds a lock", () => {
  for (const Class of [Lock, RLock]) {
    test(`${Class.name}: those who wait get an error that says so, and so do those who come later`, async () => {
      await using dying = new TestWorker();
      await using other = new TestWorker();
      await using blocked = new TestWorker();
      const lock = new Class();
      dying.run("hold", lock);
      await dying.signalled("held");
      const here = expect(lock.acquire()).rejects.toThrow(LockAbandonedError);
      const there = expect(other.run("announceAndCall", lock, "acquire")).rejects.toThrow(LockAbandonedError);
      const blocking = expect(blocked.run("callSync", lock, "acquireSync")).rejects.toThrow(
        /ended while it held/,
      );
      await other.signalled("calling");
      await blocked.signalled("calling");
      await dying.kill();
      await Promise.all([here, there, blocking]);
      await expect(lock.acquire(0)).rejects.toThrow(LockAbandonedError);
    });
  }

  test("a thread that blocks learns it as well, though its event loop stands still", async () => {
    await using dying = new TestWorker();
    const lock = new Lock();
    dying.run("hold", lock);
    await dying.signalled("held");
    await expect(lock.acquire(50)).resolves.toBe(false);
    const killed = dying.kill();
    expect(() => lock.acquireSync(10_000)).toThrow(LockAbandonedError);
    await killed;
  });

  test.each([
    ["Lock", () => new Lock()],
    ["RLock", () => new RLock()],
    ["Condition", () => new Condition()],
    ["Semaphore", () => new Semaphore(1)],
  ] as const)(
    "each acquire of an abandoned %s fails until anybody releases it, and then it works again",
    async (_name, make) => {
      await using dying = new TestWorker();
      const lock = make();
      dying.run("hold", lock);
      await dying.signalled("held");
      await dying.kill();
      await expect(lock.acquire()).rejects.toThrow(LockAbandonedError);
      await expect(lock.acquire(0)).rejects.toThrow(LockAbandonedError);
      expect(() => lock.acquireSync()).toThrow("call release() to use it again");
      await lock.release();
      expect(await lock.acquire(0)).toBe(true);
      await lock.release();
      expect(lock.locked()).toBe(false);
    },
  );

  test("a party of a barrier that has died before the others come breaks it", async () => {
    await using dying = new TestWorker();
    const barrier = new Barrier(2);
    dying.run("announceAndCall", barrier, "wait");
    await dying.signalled("calling");
    await until(() => barrier.nWaiting === 1);
    await dying.kill();
    await expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
    expect(barrier.broken).toBe(true);
  });

  test("a party of a barrier that has died inside its gate breaks it", async () => {
    await using dying = new TestWorker();
    const barrier = new Barrier(2);
    dying.run("waitAndDieInside", barrier);
    await dying.signalled("inside");
    await dying.kill();
    await expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
    expect(barrier.broken).toBe(true);
  });
});

describe("a worker that dies while it holds a semaphore", () => {
  for (const semaphore of [new Semaphore(1), new BoundedSemaphore(1)]) {
    test(`${semaphore.constructor.name}: those who wait get an error when all permits are gone`, async () => {
      await using dying = new TestWorker();
      dying.run("hold", semaphore);
      await dying.signalled("held");
      const here = expect(semaphore.acquire()).rejects.toThrow(LockAbandonedError);
      await dying.kill();
      await here;
    });
  }

  test("takes only its own permit along", async () => {
    await using dying = new TestWorker();
    const semaphore = new Semaphore(2);
    dying.run("hold", semaphore);
    await dying.signalled("held");
    await dying.kill();
    expect(await semaphore.acquire()).toBe(true);
    const waiting = semaphore.acquire();
    semaphore.release();
    expect(await waiting).toBe(true);
  });

  test("breaks nothing where the semaphore is a signal", async () => {
    await using dying = new TestWorker();
    const items = new Semaphore(0);
    items.release();
    await dying.run("call", items, "acquire");
    await dying.kill();
    expect(await items.acquire(50)).toBe(false);
    const slots = new Semaphore(1);
    slots.release();
    await using other = new TestWorker();
    await other.run("call", slots, "acquire");
    await other.run("call", slots, "acquire");
    await other.kill();
    expect(await slots.acquire(50)).toBe(false);
  });
});

describe("a worker that dies while it waits", () => {
  test.each(["announceAndCall", "callSync"])(
    "does not keep a lock from those behind it (%s)",
    async (job) => {
      await using dying = new TestWorker();
      await using other = new TestWorker();
      const lock = new Lock();
      await lock.acquire();
      dying.run(job, lock, job === "callSync" ? "acquireSync" : "acquire");
      await dying.signalled("calling");
      const next = other.run("announceAndCall", lock, "acquire");
      await other.signalled("calling");
      await dying.kill();
      lock.release();
      expect(await next).toBe(true);
    },
  );

  test("does not absorb a notification", async () => {
    await using dying = new TestWorker();
    const condition = new Condition();
    const sleeping = new Semaphore(0);
    const woken = new Semaphore(0);
    dying.run("sleepOn", condition, sleeping, woken);
    await sleeping.acquire();
    const mine = condition.run(() => {
      sleeping.release();
      return condition.wait();
    });
    await sleeping.acquire();
    await condition.run(() => {});
    await dying.kill();
    await condition.run(() => condition.notify());
    expect(await mine).toBe(true);
  });

  test("breaks the barrier that it waited at", async () => {
    await using dying = new TestWorker();
    const barrier = new Barrier(3);
    dying.run("call", barrier, "wait");
    await until(() => barrier.nWaiting === 1);
    const mine = barrier.wait();
    const failed = expect(mine).rejects.toThrow(BrokenBarrierError);
    await dying.kill();
    await failed;
  });

  test("loses no item of a queue", async () => {
    await using dying = new TestWorker();
    const queue = new Queue<number>();
    dying.run("announceAndCall", queue, "get");
    await dying.signalled("calling");
    await dying.kill();
    await queue.put(1);
    expect(await queue.get(5000)).toBe(1);
  });
});

describe("a worker that dies inside the gate of a wait queue", () => {
  test("leaves the line as it was, to the next that comes in", async () => {
    await using dying = new TestWorker();
    const queue = WaitQueue.create(2, 0);
    const deadline = new Deadline(undefined);
    const outcomes: string[] = [];
    const waits = [0, 1, 0, 0].map((list, at) => {
      const slot = queue.enqueueUnless<never>(list, () => undefined);
      function* wait(): WaitSteps<void> {
        yield { slot, deadline };
        outcomes.push(
          `${list}/${at}: ${queue.withGate((lists) => [lists.state(slot) === done, lists.result(slot)])}`,
        );
        queue.leave(slot);
      }
      return queue.run(wait());
    });
    dying.run("dieInside", queue.memory);
    await dying.signalled("inside");
    await dying.kill();
    const counts = queue.withGate((lists) => {
      const before = [lists.count(0), lists.count(1)];
      for (const list of [0, 1]) lists.completeAll(list, (place) => place);
      return before;
    });
    expect(counts).toEqual([3, 1]);
    await Promise.all(waits);
    expect(outcomes.sort()).toEqual(["0/0: true,0", "0/2: true,1", "0/3: true,2", "1/1: true,0"]);
  });
});
