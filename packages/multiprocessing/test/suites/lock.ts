import { inspect } from "node:util";
import { ValueError } from "@concurrent-futures/core";
import {
  type ConditionProxy,
  type EventProxy,
  type LockProxy,
  type RLockProxy,
  type SemaphoreProxy,
  type SyncManager,
  TimeoutError,
} from "@concurrent-futures/multiprocessing";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { attempt, type Backend, lookSync, otherManager, type SuiteWorker } from "../fixtures/backends.ts";

/** CPython's tests of locks, by their names, on locks in a server: half of the callers are processes. */

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
}

/** The tests of CPython, by their names, and ours, for one back end. */
export function describeLocks({ name: kind, make, startWorkers, misuse, inSharedMemory }: Backend): void {
  let workers: SuiteWorker[];
  let others: SyncManager;
  beforeAll(async () => {
    workers = await startWorkers(3);
    others = await otherManager();
  });

  const makeLock = async (): Promise<LockProxy> => (await make()).Lock();
  const makeRLock = async (): Promise<RLockProxy> => (await make()).RLock();
  const makeSemaphore = async (value: number): Promise<SemaphoreProxy> => (await make()).Semaphore(value);
  const makeCondition = async (lock?: LockProxy | RLockProxy): Promise<ConditionProxy> =>
    (await make()).Condition(lock);
  const makeEvent = async (): Promise<EventProxy> => (await make()).Event();
  const named = (method: string, text: string): string => `${method} [${kind}]: ${text}`;
  /** As in Python: a manager's locks are those of threading. */
  const tooMany = misuse.notLocked;
  const { notOwned } = misuse;
  const error = (name: string) => expect.objectContaining({ name });

  describe("_TestLock", () => {
    test(named("test_lock", "a second acquire fails, and so does one release too many"), async () => {
      const lock = await makeLock();
      expect(await lock.acquire()).toBe(true);
      expect(await lock.acquire(0)).toBe(false);
      expect(lock.acquireSync(0)).toBe(false);
      expect(await workers[0]!.run("call", lock, "acquireSync", 10)).toBe(false);
      // Anybody may release it.
      await workers[0]!.run("call", lock, "releaseSync");
      expect(await lock.locked()).toBe(false);
      await expect(attempt(() => lock.release())).rejects.toThrow(error(tooMany));
      expect(() => lock.releaseSync()).toThrow(error(tooMany));
      expect(await workers[0]!.run("holdsAcrossCalls", lock)).toEqual([true, false]);
    });

    test(named("test_rlock", "three nested acquires need three releases, and a fourth fails"), async () => {
      const lock = await makeRLock();
      for (let i = 0; i < 2; i++) expect(await lock.acquire()).toBe(true);
      expect(lock.acquireSync()).toBe(true);
      expect(await workers[0]!.run("acquireAndRelease", lock)).toBe(false);
      await expect(workers[0]!.run("call", lock, "release")).rejects.toThrow(error(notOwned));
      for (let i = 0; i < 2; i++) await lock.release();
      expect(await lock.locked()).toBe(true);
      lock.releaseSync();
      expect(await workers[0]!.run("acquireAndRelease", lock)).toBe(true);
      expect(await workers[0]!.run("holdsAcrossCalls", lock)).toEqual([true, true]);
      await expect(attempt(() => lock.release())).rejects.toThrow(error(notOwned));
    });

    test(named("test_lock_context", "a block holds the lock"), async () => {
      const lock = await makeLock();
      {
        await using guard = await lock.guard();
        expect([await lock.locked(), typeof guard.release]).toEqual([true, "function"]);
        await expect(lock.guard(10)).rejects.toThrow(TimeoutError);
        expect(() => lock.guardSync(10)).toThrow("10 ms");
      }
      expect(await lock.locked()).toBe(false);
      {
        using guard = lock.guardSync();
        guard.release();
        expect(lookSync(lock, "locked")).toBe(false);
      }
      expect(await lock.run(() => lock.locked())).toBe(true);
      expect(lock.runSync(() => lookSync(lock, "locked"))).toBe(true);
      await expect(lock.run(() => Promise.reject(new RangeError("no")))).rejects.toThrow(RangeError);
      expect(await lock.locked()).toBe(false);
    });

    test(`a number that only a lock protects is counted exactly by all [${kind}]`, async () => {
      for (const lock of [await makeLock(), await makeRLock(), await makeCondition()]) {
        const namespace = await others.Namespace({ count: 0 });
        const mine = (async () => {
          for (let i = 0; i < 30; i++) {
            await lock.run(async () =>
              namespace.set("count", ((await namespace.get("count")) as number) + 1),
            );
          }
        })();
        const theirs = ["count", "countSync", "count"].map((job, at) =>
          workers[at]!.run(job, lock, namespace, 30),
        );
        await Promise.all([mine, ...theirs]);
        expect(await namespace.get("count")).toBe(120);
      }
    });

    test(`callers of one thread exclude each other, and one within another does not [${kind}]`, async () => {
      for (const lock of [await makeLock(), await makeRLock(), await makeCondition()]) {
        let inside = 0;
        let most = 0;
        const step = async (): Promise<void> => {
          most = Math.max(most, ++inside);
          await lock.locked();
          inside--;
        };
        await Promise.all([lock.run(step), lock.run(step), lock.run(step)]);
        expect(most).toBe(1);
      }
      const lock = await makeRLock();
      expect(await lock.run(() => lock.run(() => lock.runSync(() => "deep")))).toBe("deep");
      await lock.acquire();
      expect(await lock.run(() => lock.acquireSync(0))).toBe(true);
      await lock.release();
      await lock.release();
      expect(await lock.locked()).toBe(false);
    });

    test(`those who wait get a lock in the order in which they came [${kind}]`, async () => {
      const lock = await makeLock();
      await lock.acquire();
      const order: number[] = [];
      const waiting = [1, 2, 3].map((who) => lock.run(() => order.push(who)));
      // Sent together: who acquires again at once comes after those who waited.
      const released = lock.release();
      const again = lock.run(() => order.push(4));
      await Promise.all([...waiting, released, again]);
      expect(inSharedMemory ? order.filter((who) => who !== 4) : order).toEqual(
        inSharedMemory ? [1, 2, 3] : [1, 2, 3, 4],
      );
    });
  });

  describe("_TestSemaphore", () => {
    async function countDown(semaphore: SemaphoreProxy): Promise<void> {
      expect(await semaphore.getValue()).toBe(2);
      expect(await semaphore.acquire()).toBe(true);
      expect(await semaphore.getValue()).toBe(1);
      expect(await workers[0]!.run("call", semaphore, "acquireSync")).toBe(true);
      expect(lookSync(semaphore, "getValue")).toBe(0);
      expect(await semaphore.acquire(0)).toBe(false);
      await workers[0]!.run("call", semaphore, "releaseSync");
      await semaphore.release();
      expect(await semaphore.getValue()).toBe(2);
    }

    test(named("test_semaphore", "the value counts down and up, also beyond the first"), async () => {
      const semaphore = await makeSemaphore(2);
      await countDown(semaphore);
      await semaphore.release();
      semaphore.releaseSync();
      expect(await semaphore.getValue()).toBe(4);
    });

    test(named("test_bounded_semaphore", "the value counts down and up, not beyond the first"), async () => {
      const semaphore = await (await make()).BoundedSemaphore(2);
      await countDown(semaphore);
      await expect(attempt(() => semaphore.release())).rejects.toThrow(ValueError);
      expect(() => semaphore.releaseSync()).toThrow(ValueError);
    });

    test(named("test_timeout", "acquire waits as long as it was told"), async () => {
      const semaphore = await makeSemaphore(0);
      for (const timeout of [0, -5]) expect(await semaphore.acquire(timeout)).toBe(false);
      const { value, ms } = await timed(() => semaphore.acquire(120));
      expect(value).toBe(false);
      expect(ms).toBeGreaterThanOrEqual(119);
      const start = performance.now();
      expect(semaphore.acquireSync(60)).toBe(false);
      expect(performance.now() - start).toBeGreaterThanOrEqual(59);
      const waiting = workers[0]!.run("callSync", semaphore, "acquireSync");
      await workers[0]!.signalled("calling");
      await semaphore.release();
      expect(await waiting).toBe(true);
    });
  });

  describe("_TestEvent", () => {
    test(named("test_event", "wait tells whether the flag was set in time"), async () => {
      const event = await makeEvent();
      expect(await event.isSet()).toBe(false);
      expect(await event.wait(0)).toBe(false);
      const { value, ms } = await timed(() => event.wait(80));
      expect(value).toBe(false);
      expect(ms).toBeGreaterThanOrEqual(79);
      await event.set();
      expect(lookSync(event, "isSet")).toBe(true);
      expect(await event.wait()).toBe(true);
      expect(event.waitSync(0)).toBe(true);
      await event.clear();
      expect(await event.isSet()).toBe(false);
      const waiting = workers[0]!.run("callSync", event, "waitSync");
      await workers[0]!.signalled("calling");
      const setting = workers[1]!.run("callLater", event, "setSync");
      await workers[1]!.signalled("calling");
      expect(event.waitSync(5000)).toBe(true);
      expect(await waiting).toBe(true);
      await setting;
    });

    test(
      named("test_repr", "it shows whether it is set, or the proxy, as in Python's managers"),
      async () => {
        const event = await makeEvent();
        const shown = inSharedMemory ? /^<Event at unset>$/ : /^<Event proxy \w+ at .+>$/;
        expect(inspect(event)).toMatch(shown);
      },
    );
  });
}
