import { availableParallelism } from "node:os";
import { useClock } from "@concurrent-futures/core/deadline";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { hostKind, Scheduler } from "@concurrent-futures/process/workers";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StartHold } from "../dist/scheduler/start-hold.js";

/** A pool starts as many workers as there are processors, and others when calls are seen to wait. */

const atOnce = Math.max(2, availableParallelism());

describe("others are started", () => {
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  let ended = 0;
  let released = 0;

  beforeEach(() => {
    now = 0;
    timers = [];
    ended = 0;
    released = 0;
    useClock({
      now: () => now,
      setTimer(run, milliseconds) {
        const timer = { at: now + milliseconds, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    });
  });
  afterEach(() => useClock());

  function pass(milliseconds: number): void {
    now += milliseconds;
    for (const { at, run } of [...timers]) if (at <= now) run();
  }

  function startedHold(): StartHold {
    const hold = new StartHold(
      false,
      () => ended,
      () => released++,
    );
    for (let i = 0; i < atOnce; i++) {
      expect(hold.holds(i)).toBe(false);
      hold.started();
    }
    expect(hold.holds(atOnce)).toBe(true);
    return hold;
  }

  function allUp(hold: StartHold): void {
    for (let i = 0; i < atOnce; i++) hold.up();
  }

  test("soon after the first are up, when no call ends", () => {
    const hold = startedHold();
    allUp(hold);
    pass(19);
    expect(hold.holds(atOnce)).toBe(true);
    pass(1);
    expect([hold.holds(atOnce), released]).toEqual([false, 1]);
  });

  test("not while short calls end", () => {
    const hold = startedHold();
    allUp(hold);
    for (let look = 0; look < 5; look++) {
      ended += 1_000;
      pass(20);
      expect([hold.holds(atOnce), released]).toEqual([true, 0]);
    }
    ended += 3;
    pass(20);
    expect([hold.holds(atOnce), released]).toEqual([false, 1]);
  });

  test("after half a second of short calls, which may wait for something all the same", () => {
    const hold = startedHold();
    allUp(hold);
    for (let look = 1; look <= 25; look++) {
      expect([hold.holds(atOnce), released]).toEqual([true, 0]);
      ended += 1_000;
      pass(20);
    }
    expect([hold.holds(atOnce), released]).toEqual([false, 1]);
  });

  test("when the first take long to be up, and when one of them dies", () => {
    const late = startedHold();
    pass(1_000);
    expect([late.holds(atOnce), released]).toEqual([false, 1]);
    const dying = startedHold();
    dying.died();
    expect([dying.holds(atOnce), released]).toEqual([false, 2]);
    pass(5_000);
    expect(released).toBe(2);
  });

  test("in a thread that blocks, by its looking", () => {
    const hold = startedHold();
    allUp(hold);
    now += 20;
    hold.check();
    expect([hold.holds(atOnce), released]).toEqual([false, 1]);
  });

  test("at once, where each must run an initializer", () => {
    expect(
      new StartHold(
        true,
        () => 0,
        () => {},
      ).holds(100),
    ).toBe(false);
  });
});

const workers = atOnce + 2;

/** Ends when it has been called in so many workers at the same time. */
const meet = (shared: Int32Array, count: number): number => {
  Atomics.add(shared, 0, 1);
  Atomics.notify(shared, 0);
  for (let seen = Atomics.load(shared, 0); seen < count; seen = Atomics.load(shared, 0)) {
    Atomics.wait(shared, 0, seen);
  }
  return count;
};

const place = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

test("calls that wait for each other get a worker each, awaited and waited for by a thread that blocks", async () => {
  await using pool = new ProcessPoolExecutor(workers);
  const first = place();
  const calls = Array.from({ length: workers }, () => pool.submit(meet, first, workers));
  expect(await Promise.all(calls)).toEqual(Array(workers).fill(workers));
  await using blocking = new ProcessPoolExecutor(workers);
  const second = place();
  const waited = Array.from({ length: workers }, () => blocking.submit(meet, second, workers));
  expect(waited.map((call) => call.resultSync())).toEqual(Array(workers).fill(workers));
});

test("a pool whose workers are to be there gets them all without any call", async () => {
  const scheduler = new Scheduler({
    kind: hostKind("thread"),
    maxWorkers: workers,
    initializer: undefined,
    initargs: [],
    maxTasksPerWorker: undefined,
    onWorkerCrash: "replace",
    idleTimeout: undefined,
  });
  scheduler.start();
  expect(scheduler.stats().workers).toBe(atOnce);
  while (scheduler.stats().workers < workers) await new Promise((resolve) => setImmediate(resolve));
  await scheduler.shutdown(true, false);
});
