import { performance as shared } from "node:perf_hooks";
import {
  BrokenProcessPool,
  currentTask,
  TimeoutError,
  ValueError,
  WorkerLostError,
  wait,
} from "@concurrent-futures/core";
import { type Fault, SimulatedExecutor } from "@concurrent-futures/testing";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

const double = (n: number): number => n * 2;
const later = (n: number, milliseconds: number): Promise<number> =>
  // biome-ignore lint/style/noRestrictedGlobals: the virtual clock is what is tested.
  new Promise((resolve) => setTimeout(resolve, milliseconds, n));

/** What a run does, in the order in which it does it. */
async function trace(seed: number, faults: readonly Fault[] = [], workers = 3): Promise<string[]> {
  const events: string[] = [];
  const executor = new SimulatedExecutor({ seed, faults, workers });
  const futures = Array.from({ length: 12 }, (_, n) =>
    executor.withOptions({ retries: 1 }).submit(async () => {
      events.push(`begin ${n} at ${Date.now()} on ${currentTask()?.workerId}`);
      await later(n, (n * 7) % 5);
      events.push(`end ${n}`);
    }),
  );
  for (const [n, future] of futures.entries())
    future.addDoneCallback(() => events.push(`done ${n} ${future.failed()}`));
  await wait(futures);
  await executor.shutdown();
  return events;
}

describe("a simulated executor", () => {
  test("runs functions as they are, with their arguments", async () => {
    await using executor = new SimulatedExecutor({ seed: 1 });
    const kept = { n: 1 };
    expect(await executor.submit((object: object) => object, kept)).toBe(kept);
    expect(await executor.map(double, [1, 2, 3]).toArray()).toEqual([2, 4, 6]);
  });

  test("makes an hour of timers take no time", async () => {
    const start = process.hrtime.bigint();
    await using executor = new SimulatedExecutor({ seed: 1, workers: 1 });
    const times = executor.map(async () => {
      await later(0, 3_600_000);
      return Date.now();
    }, [1, 2, 3]);
    expect(await times.toArray()).toEqual([3_600_000, 7_200_000, 10_800_000]);
    expect(Number(process.hrtime.bigint() - start)).toBeLessThan(20e9);
  });

  test("brings the real timers and clock back with its shutdown", async () => {
    const real = [globalThis.setTimeout, globalThis.Date, Date.now() > 1e12];
    const executor = new SimulatedExecutor({ seed: 1 });
    expect(globalThis.setTimeout).not.toBe(real[0]);
    expect(Date.now()).toBe(0);
    await executor.shutdown();
    await executor.shutdown();
    expect([globalThis.setTimeout, globalThis.Date, Date.now() > 1e12]).toEqual(real);
  });

  test("timers of the test itself run on the same clock", async () => {
    await using _executor = new SimulatedExecutor({ seed: 1 });
    await later(0, 86_400_000);
    expect(Date.now()).toBe(86_400_000);
  });

  test("a seed replays its run exactly, with faults and retries; others differ", async () => {
    const faults: Fault[] = [
      { call: 3, kind: "crash" },
      { worker: 2, kind: "slowStart", delay: 3 },
    ];
    const runs = new Set<string>();
    for (let seed = 0; seed < 8; seed++) {
      const first = await trace(seed, faults);
      expect(await trace(seed, faults)).toEqual(first);
      runs.add(first.join());
    }
    expect(runs.size).toBeGreaterThan(4);
  });

  test("with one worker calls begin in the order submitted, by priority", async () => {
    const order: string[] = [];
    await using executor = new SimulatedExecutor({ seed: 3, workers: 1 });
    for (const name of ["a", "b", "c"]) executor.submit(() => order.push(name));
    executor.withOptions({ priority: 1 }).submit(() => order.push("urgent"));
    await executor.submit(() => {});
    expect(order).toEqual(["urgent", "a", "b", "c"]);
  });

  test("injects what was asked for, into the first attempt only", async () => {
    const own = new RangeError("mine");
    await using executor = new SimulatedExecutor({
      seed: 1,
      faults: [
        { call: 1, kind: "crash" },
        { call: 2, kind: "lost" },
        { call: 3, kind: "timeout" },
        { call: 4, kind: "error", error: own },
        { call: 6, kind: "crash" },
      ],
    });
    const futures = [1, 2, 3, 4, 5].map((n) => executor.submit(double, n));
    const errors = await Promise.all(futures.map((future) => future.exception()));
    expect(errors[0]).toBeInstanceOf(BrokenProcessPool);
    expect(errors[1]).toBeInstanceOf(WorkerLostError);
    expect(errors[2]).toBeInstanceOf(TimeoutError);
    expect(errors[3]).toBe(own);
    expect(errors[4]).toBeNull();
    const retried = executor.withOptions({ retries: 1 }).submit(() => currentTask()?.attempt);
    expect(await retried).toBe(2);
  });

  test("timeouts and retry delays use its clock", async () => {
    await using executor = new SimulatedExecutor({ seed: 1 });
    const late = executor.withOptions({ timeout: 60_000 }).submit(later, 1, 120_000);
    expect(await late.exception()).toBeInstanceOf(TimeoutError);
    expect(Date.now()).toBe(60_000);
    let attempts = 0;
    const retried = executor
      .withOptions({ retries: 2, retryDelay: 30_000, retryIf: () => true })
      .submit(() => {
        if (++attempts < 3) throw new Error("not yet");
        return Date.now();
      });
    expect(await retried).toBe(120_000);
  });

  test("never runs more calls at a time than it has workers, and loses none", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(20), { maxLength: 20 }),
        async (seed, workers, times) => {
          let running = 0;
          let most = 0;
          const executor = new SimulatedExecutor({ seed, workers });
          const results = executor.map(async (milliseconds: number) => {
            most = Math.max(most, ++running);
            await later(0, milliseconds);
            running--;
            return milliseconds;
          }, times);
          expect(await results.toArray()).toEqual(times);
          await executor.shutdown();
          expect(most).toBeLessThanOrEqual(workers);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("a call that was cancelled in the queue never runs", async () => {
    let ran = false;
    await using executor = new SimulatedExecutor({ seed: 1, workers: 1 });
    const first = executor.submit(later, 1, 10);
    const second = executor.submit(() => {
      ran = true;
    });
    expect(second.cancel()).toBe(true);
    await first;
    expect(ran).toBe(false);
  });

  test("refuses wrong options at the call", () => {
    const make = (options: unknown) => () => new SimulatedExecutor(options as never);
    expect(make({ seed: Number.NaN })).toThrow("`seed`");
    expect(make({ seed: 1, workers: 0 })).toThrow("workers");
    expect(make({ seed: 1, faults: {} })).toThrow("`faults`");
    expect(make({ seed: 1, faults: [{ call: 1, kind: "explode" }] })).toThrow(ValueError);
    expect(make({ seed: 1, faults: [{ call: 0, kind: "crash" }] })).toThrow("call");
    expect(make({ seed: 1, faults: [{ worker: 1, kind: "slowStart", delay: -1 }] })).toThrow("`delay`");
    expect(Date.now()).toBeGreaterThan(1e12);
  });

  test("a simulation that is never shut down takes its time from nobody but this global object", async () => {
    const { performance: real } = globalThis;
    const executor = new SimulatedExecutor({ seed: 1 });
    const began = shared.now();
    for (let turn = 0; turn < 1_000_000 && shared.now() === began; turn++) await new Promise(setImmediate);
    expect(shared.now()).toBeGreaterThan(began);
    expect(globalThis.performance.now()).toBe(0);
    expect(globalThis.performance.timeOrigin).toBe(real.timeOrigin);
    await executor.shutdown();
    expect(globalThis.performance).toBe(real);
  });
});
