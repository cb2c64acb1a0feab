import type {
  ConditionProxy,
  LockProxy,
  RLockProxy,
  SemaphoreProxy,
  SyncManager,
} from "@concurrent-futures/multiprocessing";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../../../conformance/test/support/waiting.ts";
import { attempt, type Backend, otherManager, type SuiteWorker } from "../fixtures/backends.ts";

/** CPython's tests of conditions, by their names, on conditions in a server: half of the sleepers are processes. */

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
}

/** The tests of CPython, by their names, and ours, for one back end. */
export function describeConditions({ name: kind, make, startWorkers, misuse }: Backend): void {
  let workers: SuiteWorker[];
  let others: SyncManager;
  beforeAll(async () => {
    workers = await startWorkers(3);
    others = await otherManager();
  });

  const makeSemaphore = async (value: number): Promise<SemaphoreProxy> => (await make()).Semaphore(value);
  const makeLock = async (): Promise<LockProxy> => (await make()).Lock();
  const makeRLock = async (): Promise<RLockProxy> => (await make()).RLock();
  const makeCondition = async (lock?: LockProxy | RLockProxy): Promise<ConditionProxy> =>
    (await make()).Condition(lock);
  const named = (method: string, text: string): string => `${method} [${kind}]: ${text}`;
  const error = (name: string) => expect.objectContaining({ name });
  const { notOwned } = misuse;

  describe("_TestCondition", () => {
    /** Sleepers in the processes and in this thread, all of them asleep when this resolves. */
    async function sleepers(condition: ConditionProxy, count: number, timeout?: number) {
      const sleeping = await makeSemaphore(0);
      const woken = await makeSemaphore(0);
      const all = Array.from({ length: count }, (_, i) =>
        i % 2 === 0
          ? condition.run(async () => {
              await sleeping.release();
              const notified = await condition.wait(timeout);
              await woken.release();
              return notified;
            })
          : workers[(i - 1) / 2]!.run(
              i === 1 ? "sleepOnSync" : "sleepOn",
              condition,
              sleeping,
              woken,
              timeout,
            ),
      );
      for (let i = 0; i < count; i++) await sleeping.acquire();
      // Whoever holds the lock now comes after the last sleeper let go of it.
      await condition.run(() => {});
      return { woken, all: Promise.all(all) };
    }

    test(named("test_notify", "each notify wakes exactly one sleeper"), async () => {
      const condition = await makeCondition();
      const { woken, all } = await sleepers(condition, 2);
      expect(await woken.getValue()).toBe(0);
      await condition.run(() => condition.notify());
      await until(async () => (await woken.getValue()) === 1);
      // Who was woken is in this thread, and holds the lock until this thread's code has run.
      await condition.run(() => {});
      condition.runSync(() => condition.notifySync());
      await until(async () => (await woken.getValue()) === 2);
      expect(await all).toEqual([true, true]);
    });

    test(named("test_notify_all", "timed-out sleepers do not absorb a later notify_all"), async () => {
      const condition = await makeCondition();
      const late = await sleepers(condition, 6, 30);
      expect(await late.all).toEqual(new Array(6).fill(false));
      const { woken, all } = await sleepers(condition, 6);
      expect(await woken.getValue()).toBe(0);
      await condition.run(() => condition.notifyAll());
      expect(await all).toEqual(new Array(6).fill(true));
      expect(await woken.getValue()).toBe(6);
    });

    test(named("test_notify_n", "notify(2) wakes two, notify(4) four, and more does no harm"), async () => {
      const condition = await makeCondition();
      const { woken, all } = await sleepers(condition, 6);
      await condition.run(() => condition.notify(2));
      await until(async () => (await woken.getValue()) === 2);
      await condition.run(() => condition.notify(4));
      await until(async () => (await woken.getValue()) === 6);
      await condition.run(() => condition.notify(3));
      expect(await woken.getValue()).toBe(6);
      await all;
    });

    test(named("test_timeout", "wait gives false after its time"), async () => {
      const condition = await makeCondition();
      await condition.acquire();
      const { value, ms } = await timed(() => condition.wait(80));
      expect(condition.waitSync(10)).toBe(false);
      await condition.release();
      expect(value).toBe(false);
      expect(ms).toBeGreaterThanOrEqual(79);
    });

    test(named("test_waitfor", "a process waits until the state is right"), async () => {
      for (const job of ["waitForState", "waitForStateSync"]) {
        const condition = await makeCondition();
        const state = await others.Value("i", -1);
        const result = workers[0]!.run(job, condition, state, 4);
        await condition.run(() => condition.waitFor(async () => (await state.get()) === 0));
        for (let i = 0; i < 4; i++) {
          await condition.run(async () => {
            await state.incr();
            await condition.notify();
          });
        }
        expect(await result).toBe(true);
      }
    });

    test(
      named("test_waitfor_timeout", "it gives the predicate's last answer when the time is up"),
      async () => {
        const condition = await makeCondition();
        const { value, ms } = await timed(() => condition.run(() => condition.waitFor(() => false, 80)));
        expect(value).toBe(false);
        expect(ms).toBeGreaterThanOrEqual(79);
        expect(condition.runSync(() => condition.waitForSync(() => 0, 10))).toBe(0);
      },
    );

    test(named("test_wait_result", "false on timeout, true when notified"), async () => {
      const condition = await makeCondition();
      await condition.acquire();
      expect(await condition.wait(0)).toBe(false);
      expect(await condition.wait(30)).toBe(false);
      await condition.release();
      const { all } = await sleepers(condition, 1);
      await condition.run(() => condition.notify());
      expect(await all).toEqual([true]);
    });

    test(`without the lock, wait and notify are errors, with a Lock and with an RLock [${kind}]`, async () => {
      for (const condition of [await makeCondition(), await makeCondition(await makeLock())]) {
        await expect(attempt(() => condition.wait())).rejects.toThrow(error(notOwned));
        await expect(attempt(() => condition.notify())).rejects.toThrow(error(notOwned));
        expect(() => condition.notifyAllSync()).toThrow(error(notOwned));
      }
      const maker = await make();
      await expect((async () => maker.Condition({} as never))()).rejects.toThrow(error("ArgumentTypeError"));
    });

    test(`wait releases all levels of its RLock, and takes them again [${kind}]`, async () => {
      const lock = await makeRLock();
      const condition = await makeCondition(lock);
      await lock.acquire();
      await lock.acquire();
      const notified = workers[0]!.run("notifyOnce", condition);
      expect(await condition.wait(5000)).toBe(true);
      await notified;
      await lock.release();
      expect(await lock.locked()).toBe(true);
      await lock.release();
      expect(await lock.locked()).toBe(false);
    });
  });
}
