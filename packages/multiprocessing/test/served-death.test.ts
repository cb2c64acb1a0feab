import "./fixtures/served-only.ts";
import {
  BrokenBarrierError,
  Empty,
  LockAbandonedError,
  type QueueProxy,
} from "@concurrent-futures/multiprocessing";
import { afterAll, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { backends, closeBackends } from "./fixtures/backends.ts";
import { TestProcess } from "./fixtures/test-processes.ts";

/** Processes that are killed while they hold something of a server, or wait for it. */

afterAll(closeBackends);

/** As in Python's managers, what a client of a manager held is free when it goes; between processes it is as between threads. */
const isGivenBack = (kind: string): boolean => kind === "manager";

for (const { name: kind, make } of backends) {
  // What a worker thread does when it dies is in worker-death.test.ts.
  if (kind === "thread") continue;

  const makeQueue = async (maxsize?: number): Promise<QueueProxy> => (await make()).Queue(maxsize);

  describe("a process that is killed while it holds", () => {
    test(`a Lock or an RLock keeps nobody waiting [${kind}]`, async () => {
      const maker = await make();
      const locks = [await maker.Lock(), await maker.RLock()];
      await using dying = await TestProcess.start();
      await using other = await TestProcess.start();
      for (const lock of locks) {
        dying.run("hold", lock);
        await dying.signalled("held");
      }
      const waiting = [
        ...locks.map((lock) => lock.acquire()),
        ...locks.map((lock) => other.run("announceAndCall", lock, "acquire")),
      ];
      const told = isGivenBack(kind)
        ? expect(Promise.all(waiting.slice(0, 2))).resolves.toEqual([true, true])
        : Promise.all(waiting.map((result) => expect(result).rejects.toThrow(LockAbandonedError)));
      for (const _ of locks) await other.signalled("calling");
      await dying.kill();
      await told;
      for (const lock of locks) {
        if (isGivenBack(kind)) await lock.release();
        else {
          await expect(lock.acquire(0)).rejects.toThrow(/ended while holding it/);
          expect(() => lock.acquireSync()).toThrow(LockAbandonedError);
        }
      }
      if (isGivenBack(kind)) expect(await Promise.all(waiting)).toEqual([true, true, true, true]);
    });

    test(`a Lock is no trouble to a process that blocks in acquireSync [${kind}]`, async () => {
      const lock = await (await make()).Lock();
      await using dying = await TestProcess.start();
      dying.run("hold", lock);
      await dying.signalled("held");
      // This caller waits for it as well: its own end must not wake it.
      dying.run("announceAndCall", lock, "acquire");
      await dying.signalled("calling");
      dying.process.kill();
      if (isGivenBack(kind)) expect(lock.acquireSync(10_000)).toBe(true);
      else {
        expect(() => lock.acquireSync(10_000)).toThrow(LockAbandonedError);
        // It works again when somebody has released it.
        lock.releaseSync();
        expect(await lock.acquire(5000)).toBe(true);
      }
    });

    test(`all permits of a semaphore keeps nobody waiting [${kind}]`, async () => {
      const maker = await make();
      const semaphores = [await maker.Semaphore(1), await maker.BoundedSemaphore(1)];
      await using dying = await TestProcess.start();
      for (const semaphore of semaphores) {
        dying.run("hold", semaphore);
        await dying.signalled("held");
      }
      const told = semaphores.map((semaphore) =>
        isGivenBack(kind)
          ? expect(semaphore.acquire()).resolves.toBe(true)
          : expect(semaphore.acquire()).rejects.toThrow(LockAbandonedError),
      );
      await dying.kill();
      await Promise.all(told);
    });

    test(`some permits leaves the others as they were, and those of a signal [${kind}]`, async () => {
      const maker = await make();
      const [two, items, slots] = await Promise.all([
        maker.Semaphore(2),
        maker.Semaphore(0),
        maker.Semaphore(1),
      ]);
      await Promise.all([items.release(), slots.release()]);
      await using dying = await TestProcess.start();
      for (const one of [two, items, slots, slots]) await dying.run("call", one, "acquire");
      await dying.kill();
      expect([await items.acquire(20), await slots.acquire(20)]).toEqual([false, false]);
      expect(await two.acquire()).toBe(true);
      const waiting = two.acquire();
      await two.release();
      expect(await waiting).toBe(true);
    });
  });

  describe("a process that is killed while it waits", () => {
    test(`for a lock keeps it from nobody behind it [${kind}]`, async () => {
      const maker = await make();
      const locks = [await maker.Lock(), await maker.Lock()];
      await Promise.all(locks.map((lock) => lock.acquire()));
      await using dying = await TestProcess.start();
      for (const [at, lock] of locks.entries()) {
        dying.run("announceAndCall", lock, at === 0 ? "acquire" : "acquireSync");
        await dying.signalled("calling");
      }
      const next = locks.map((lock) => lock.acquire());
      await dying.kill();
      await Promise.all(locks.map((lock) => lock.release()));
      expect(await Promise.all(next)).toEqual([true, true]);
    });

    test(`in a condition absorbs no notification, and leaves the lock free [${kind}]`, async () => {
      const maker = await make();
      const condition = await maker.Condition();
      const sleeping = await maker.Semaphore(0);
      await using dying = await TestProcess.start();
      dying.run("sleepOn", condition, sleeping, sleeping);
      await sleeping.acquire();
      const mine = condition.run(async () => {
        await sleeping.release();
        return await condition.wait();
      });
      await sleeping.acquire();
      await condition.run(() => {});
      await dying.kill();
      await condition.run(() => condition.notify());
      expect(await mine).toBe(true);
      expect(await condition.acquire(5000)).toBe(true);
    });

    test(`at a barrier breaks it [${kind}]`, async () => {
      const barrier = await (await make()).Barrier(3);
      await using dying = await TestProcess.start();
      dying.run("announceAndCall", barrier, "wait");
      await dying.signalled("calling");
      const mine = expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
      await dying.kill();
      await mine;
      expect(await barrier.broken).toBe(true);
    });

    test(`at a barrier, before the others have come, breaks it [${kind}]`, async () => {
      const barrier = await (await make()).Barrier(2);
      await using dying = await TestProcess.start();
      dying.run("announceAndCall", barrier, "wait");
      await dying.signalled("calling");
      await until(async () => (await barrier.nWaiting) === 1);
      await dying.kill();
      // A manager's server hears of it a moment later, and lets go of its place.
      if (isGivenBack(kind)) await until(async () => (await barrier.nWaiting) === 0);
      await expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
    });

    test(`at a barrier, running its action, breaks it [${kind}]`, async () => {
      const barrier = await (await make()).Barrier(2, () => process.kill(process.pid, "SIGKILL"));
      await using dying = await TestProcess.start();
      const mine = expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
      while ((await barrier.nWaiting) === 0);
      dying.run("call", barrier, "wait");
      await mine;
    });
  });

  describe("a process that is killed at a queue", () => {
    test(`while it waits for an item takes none along [${kind}]`, async () => {
      for (const method of ["get", "getSync"]) {
        const queue = await makeQueue();
        await using dying = await TestProcess.start();
        dying.run("announceAndCall", queue, method);
        await dying.signalled("calling");
        await dying.kill();
        await queue.put(1);
        expect(await queue.get(5000)).toBe(1);
      }
    });

    test(`while it waits for room puts nothing [${kind}]`, async () => {
      const queue = await makeQueue(1);
      await queue.put(1);
      await using dying = await TestProcess.start();
      dying.run("announceAndCall", queue, "putSync", 2);
      await dying.signalled("calling");
      await dying.kill();
      const third = queue.put(3);
      expect([await queue.get(), await queue.get(5000)]).toEqual([1, 3]);
      await third;
      await expect(queue.get(0)).rejects.toThrow(Empty);
    });

    test(`between two items loses and doubles nothing [${kind}]`, async () => {
      const queue = await makeQueue();
      const seen = await makeQueue();
      await using dying = await TestProcess.start();
      dying.run("consumeAndReport", queue, seen);
      await queue.put(0);
      expect(await seen.get()).toBe(0);
      await dying.kill();
      const rest = Array.from({ length: 50 }, (_, i) => i + 1);
      await using other = await TestProcess.start();
      const consuming = other.run("consume", queue, 50);
      for (const item of rest) await queue.put(item);
      expect(await consuming).toEqual(rest);
      expect([await queue.qsize(), await seen.qsize()]).toEqual([0, 0]);
    });
  });
}
