import { inspect } from "node:util";
import { ValueError } from "@concurrent-futures/core";
import {
  AssertionError,
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  Event,
  type Guard,
  Lock,
  RawArray,
  RLock,
  Semaphore,
  Value,
} from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startWorkers, stopWorkers, type TestWorker } from "./fixtures/test-workers.ts";
import { until } from "./fixtures/until.ts";

/** CPython's tests of locks, by their names: one caller per Python process or thread, half of them in worker threads. */

let workers: TestWorker[];
beforeAll(async () => {
  workers = await startWorkers(4);
});
afterAll(() => stopWorkers(workers));

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
}

describe("_TestLock", () => {
  test("test_lock [thread]: a second acquire without waiting fails, and so does one release too many", async () => {
    const lock = new Lock();
    expect(await lock.acquire()).toBe(true);
    expect(await lock.acquire(0)).toBe(false);
    lock.release();
    expect(() => lock.release()).toThrow(ValueError);
  });

  test("test_rlock [thread]: three nested acquires need three releases, and a fourth fails", async () => {
    const lock = new RLock();
    for (let i = 0; i < 3; i++) expect(await lock.acquire()).toBe(true);
    expect(await workers[0]!.run("call", lock, "acquire", 0)).toBe(false);
    for (let i = 0; i < 3; i++) lock.release();
    expect(await workers[0]!.run("acquireAndRelease", lock)).toBe(true);
    expect(() => lock.release()).toThrow(AssertionError);
  });

  test("test_lock_context [thread]: a block holds the lock", async () => {
    const lock = new Lock();
    let held: Guard;
    {
      using guard = await lock.guard();
      held = guard;
      expect(lock.locked()).toBe(true);
    }
    held.release();
    expect(lock.locked()).toBe(false);
    expect(await lock.run(() => lock.locked())).toBe(true);
    expect(lock.locked()).toBe(false);
  });
});

describe("_TestSemaphore", () => {
  async function countDown(semaphore: Semaphore | BoundedSemaphore): Promise<void> {
    expect(semaphore.getValue()).toBe(2);
    expect(await semaphore.acquire()).toBe(true);
    expect(semaphore.getValue()).toBe(1);
    expect(await semaphore.acquire()).toBe(true);
    expect(semaphore.getValue()).toBe(0);
    expect(await semaphore.acquire(0)).toBe(false);
    semaphore.release();
    semaphore.release();
    expect(semaphore.getValue()).toBe(2);
  }

  test("test_semaphore [thread]: the value counts down and up, also beyond the first", async () => {
    const semaphore = new Semaphore(2);
    await countDown(semaphore);
    semaphore.release();
    semaphore.release();
    expect(semaphore.getValue()).toBe(4);
  });

  test("test_bounded_semaphore [thread]: the value counts down and up, not beyond the first", async () => {
    const semaphore = new BoundedSemaphore(2);
    await countDown(semaphore);
    expect(() => semaphore.release()).toThrow(ValueError);
  });

  test("test_timeout [thread]: acquire waits as long as it was told", async () => {
    const semaphore = new Semaphore(0);
    for (const timeout of [0, -5]) {
      const { value, ms } = await timed(() => semaphore.acquire(timeout));
      expect(value).toBe(false);
      expect(ms).toBeLessThan(100);
    }
    const { value, ms } = await timed(() => semaphore.acquire(150));
    expect(value).toBe(false);
    expect(ms).toBeGreaterThanOrEqual(149);
    const start = performance.now();
    expect(semaphore.acquireSync(60)).toBe(false);
    expect(performance.now() - start).toBeGreaterThanOrEqual(59);
  });
});

describe("_TestCondition", () => {
  /** Sleepers in the workers and in this thread, all of them asleep when this resolves. */
  async function sleepers(condition: Condition, count: number, timeout?: number) {
    const sleeping = new Semaphore(0);
    const woken = new Semaphore(0);
    const all = Array.from({ length: count }, (_, i) =>
      i % 2 === 0
        ? condition.run(async () => {
            sleeping.release();
            const notified = await condition.wait(timeout);
            woken.release();
            return notified;
          })
        : workers[i % workers.length]!.run("sleepOn", condition, sleeping, woken, timeout),
    );
    for (let i = 0; i < count; i++) await sleeping.acquire();
    // Whoever holds the lock now comes after the last sleeper let go of it.
    await condition.run(() => {});
    return { woken, all: Promise.all(all) };
  }

  test("test_notify [thread]: each notify wakes exactly one sleeper", async () => {
    const condition = new Condition();
    const { woken, all } = await sleepers(condition, 2);
    expect(woken.getValue()).toBe(0);
    await condition.run(() => condition.notify());
    await until(() => woken.getValue() === 1);
    await condition.run(() => condition.notify());
    await until(() => woken.getValue() === 2);
    expect(await all).toEqual([true, true]);
  });

  test("test_notify_all [thread]: timed-out sleepers do not absorb a later notify_all", async () => {
    const condition = new Condition();
    const late = await sleepers(condition, 6, 50);
    expect(await late.all).toEqual(new Array(6).fill(false));
    const { woken, all } = await sleepers(condition, 6);
    expect(woken.getValue()).toBe(0);
    await condition.run(() => condition.notifyAll());
    expect(await all).toEqual(new Array(6).fill(true));
    expect(woken.getValue()).toBe(6);
  });

  test("test_notify_n [thread]: notify(2) wakes two, notify(4) four, and more does no harm", async () => {
    const condition = new Condition();
    const { woken, all } = await sleepers(condition, 6);
    await condition.run(() => condition.notify(2));
    await until(() => woken.getValue() === 2);
    await condition.run(() => condition.notify(4));
    await until(() => woken.getValue() === 6);
    await condition.run(() => condition.notify(3));
    expect(woken.getValue()).toBe(6);
    await all;
  });

  test("test_timeout [thread]: wait gives false after its time", async () => {
    const condition = new Condition();
    await condition.acquire();
    const { value, ms } = await timed(() => condition.wait(100));
    condition.release();
    expect(value).toBe(false);
    expect(ms).toBeGreaterThanOrEqual(99);
  });

  test("test_waitfor [thread]: a worker waits until the state is right", async () => {
    const condition = new Condition();
    const state = Value("i", -1);
    const result = workers[0]!.run("waitForState", condition, state, 4);
    await condition.run(async () => {
      await condition.waitFor(() => state.value === 0);
    });
    for (let i = 0; i < 4; i++) {
      await condition.run(() => {
        state.value += 1;
        condition.notify();
      });
    }
    expect(await result).toBe(true);
  });

  test("test_waitfor_timeout [thread]: it gives the predicate's last answer when the time is up", async () => {
    const condition = new Condition();
    const { value, ms } = await timed(() => condition.run(() => condition.waitFor(() => false, 100)));
    expect(value).toBe(false);
    expect(ms).toBeGreaterThanOrEqual(99);
    expect(ms).toBeLessThan(2000);
  });

  test("test_wait_result [thread]: false on timeout, true when notified", async () => {
    const condition = new Condition();
    await condition.acquire();
    expect(await condition.wait(0)).toBe(false);
    expect(await condition.wait(50)).toBe(false);
    condition.release();
    const { all } = await sleepers(condition, 1);
    await condition.run(() => condition.notify());
    expect(await all).toEqual([true]);
  });

  test("without the lock, wait and notify are AssertionErrors", async () => {
    const condition = new Condition();
    await expect(condition.wait()).rejects.toThrow(AssertionError);
    expect(() => condition.notify()).toThrow(AssertionError);
    expect(() => condition.notifyAll()).toThrow(AssertionError);
  });

  test("wait releases all levels of its RLock, and takes them again", async () => {
    const lock = new RLock();
    const condition = new Condition(lock);
    await lock.acquire();
    await lock.acquire();
    const notified = workers[0]!.run("notifyOnce", condition);
    expect(await condition.wait(5000)).toBe(true);
    await notified;
    lock.release();
    expect(lock.locked()).toBe(true);
    lock.release();
    expect(lock.locked()).toBe(false);
  });
});

describe("_TestEvent", () => {
  test("test_event [thread]: wait tells whether the flag was set in time", async () => {
    const event = new Event();
    expect(event.isSet()).toBe(false);
    expect(await event.wait(0)).toBe(false);
    const { value, ms } = await timed(() => event.wait(100));
    expect(value).toBe(false);
    expect(ms).toBeGreaterThanOrEqual(99);
    event.set();
    expect(event.isSet()).toBe(true);
    expect(await event.wait()).toBe(true);
    expect(event.waitSync(0)).toBe(true);
    event.clear();
    expect(event.isSet()).toBe(false);
    const setting = workers[0]!.run("call", event, "set");
    expect(event.waitSync(5000)).toBe(true);
    await setting;
  });

  test("test_repr [thread]: it shows whether it is set", () => {
    const event = new Event();
    expect(inspect(event)).toContain("unset");
    event.set();
    expect(inspect(event)).toContain(" set");
  });
});

describe("_TestBarrier", () => {
  const parties = 5;

  /** All parties wait: this thread and four workers. */
  function everyone(barrier: Barrier, job = "call", ...args: unknown[]): Promise<unknown>[] {
    const theirs = workers.map((worker) => worker.run(job, barrier, "wait", ...args));
    return [...theirs, barrier.wait()];
  }

  async function cycles(count: number): Promise<void> {
    const barrier = new Barrier(parties);
    const counts = new RawArray("i", 3);
    const theirs = workers.map((worker) => worker.run("lockstep", barrier, counts, count));
    const worker = await import("./fixtures/jobs.mjs" as string);
    expect(await Promise.all([...theirs, worker.lockstep(barrier, counts, count)])).toEqual(
      new Array(parties).fill(true),
    );
  }

  test("test_barrier [thread]: all parties pass in lockstep", () => cycles(1));
  test("test_barrier_10 [thread]: ten times in a row", () => cycles(10));
  test("test_thousand [thread]: a thousand times", () => cycles(1000));

  test("test_wait_return [thread]: each gets an index, exactly one gets 0", async () => {
    const barrier = new Barrier(parties);
    expect((await Promise.all(everyone(barrier))).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(barrier.nWaiting).toBe(0);
  });

  test("test_action [thread]: the action runs once per cycle, before anyone goes on", async () => {
    const runs = new RawArray("i", 1);
    const barrier = new Barrier(parties, () => {
      runs.set(0, runs.get(0) + 1);
    });
    await Promise.all(everyone(barrier));
    expect(runs.get(0)).toBe(1);
    await Promise.all(everyone(barrier));
    expect(runs.get(0)).toBe(2);
  });

  test("an action that throws breaks the barrier; its own error goes to who ran it", async () => {
    const barrier = new Barrier(2, () => {
      throw new RangeError("no");
    });
    const results = await Promise.allSettled([barrier.wait(), barrier.wait()]);
    const names = results.map((result) => (result as PromiseRejectedResult).reason.name).sort();
    expect(names).toEqual(["BrokenBarrierError", "RangeError"]);
    expect(barrier.broken).toBe(true);
  });

  test("test_abort [thread]: waiters get BrokenBarrierError, and so do those who come later", async () => {
    const barrier = new Barrier(parties);
    const theirs = workers.map((worker) => worker.run("call", barrier, "wait"));
    await until(() => barrier.nWaiting === 4);
    barrier.abort();
    for (const result of await Promise.allSettled(theirs)) {
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(BrokenBarrierError);
    }
    expect(barrier.broken).toBe(true);
    await expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
  });

  test("test_reset [thread]: waiters get BrokenBarrierError, then it works again", async () => {
    const barrier = new Barrier(parties);
    const theirs = workers.map((worker) => worker.run("call", barrier, "wait"));
    await until(() => barrier.nWaiting === 4);
    barrier.reset();
    for (const result of await Promise.allSettled(theirs)) expect(result.status).toBe("rejected");
    expect(barrier.broken).toBe(false);
    expect((await Promise.all(everyone(barrier))).length).toBe(parties);
  });

  test("test_abort_and_reset [thread]: a broken barrier can be used after reset", async () => {
    const barrier = new Barrier(parties);
    barrier.abort();
    await expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
    barrier.reset();
    expect((await Promise.all(everyone(barrier))).length).toBe(parties);
  });

  test("test_timeout [thread]: one wait that gives up breaks it for everybody", async () => {
    const barrier = new Barrier(parties);
    const theirs = workers.slice(1).map((worker) => worker.run("call", barrier, "wait"));
    await until(() => barrier.nWaiting === 3);
    await expect(barrier.wait(50)).rejects.toThrow(BrokenBarrierError);
    for (const result of await Promise.allSettled(theirs)) {
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(BrokenBarrierError);
    }
  });

  test("test_default_timeout [thread]: the barrier's own timeout is used", async () => {
    const barrier = new Barrier(2, undefined, 50);
    await expect(barrier.wait()).rejects.toThrow(BrokenBarrierError);
    expect(barrier.broken).toBe(true);
  });

  test("test_single_thread [thread]: a barrier of one lets pass at once", async () => {
    const barrier = new Barrier(1);
    expect(await barrier.wait()).toBe(0);
    expect(barrier.waitSync()).toBe(0);
  });
});
