import { Recorder, type RecorderStats, type VerdictCode, verdicts } from "@concurrent-futures/insights";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { describe, expect, jest, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { churn, exit, first, keep, nap, same, spin, square } from "./fixtures/work.mjs";

const codesOf = (stats: Parameters<typeof verdicts>[0]): VerdictCode[] =>
  verdicts(stats).map(({ code }) => code);

/** The sentence for a code, which has to come. */
async function sentence(code: VerdictCode, stats: () => Parameters<typeof verdicts>[0]): Promise<string> {
  await until(() => codesOf(stats()).includes(code));
  return verdicts(stats()).find((one) => one.code === code)?.text as string;
}

describe.each(["thread", "spawn"] as const)("verdicts of a pool on %s workers", (mpContext) => {
  test("start-up: a slow initializer", async () => {
    await using pool = new ProcessPoolExecutor({
      ...{ maxWorkers: 1, mpContext, initializer: nap, initargs: [200] },
    });
    await pool.submit(square, 1);
    expect(await sentence("start-up", () => pool.stats())).toMatch(/took \d+ % of their time/);
  });

  test("too-little-work: idle workers", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    await pool.submit(square, 1);
    expect(await sentence("too-little-work", () => pool.stats())).toMatch(/nothing to do for \d+ %/);
  });

  test("too-little-work: one long call at the end", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
    await using recorder = new Recorder(pool);
    const worked = (): number => pool.stats().byWorker.filter(({ calls }) => calls > 0).length;
    while (worked() < 2) await Promise.all([pool.submit(spin, 20), pool.submit(spin, 20)]);
    await pool.submit(spin, 1_500);
    const text = await sentence("too-little-work", () => recorder.stats());
    expect(text).toMatch(/The last call, of `spin`, ran \d{4} ms alone, \d+ % of the run/);
  });

  test("transfer: large arguments for little work", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    await using recorder = new Recorder(pool);
    const row = Array.from({ length: 20_000 }, (_, at) => ({ at, text: `${at}` }));
    await until(() => {
      void pool.submit(first, [...row]).exception();
      return codesOf(recorder.stats()).includes("transfer");
    });
    const text = await sentence("transfer", () => recorder.stats());
    expect(text).toMatch(
      /took \d+ ms, \d+ % of the time of all calls; one of `first` takes \d.* [MK]B along/,
    );
    expect(text).toContain("share()");
  });

  test("sent-again: the same large argument ten times", async () => {
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    const large = new Float64Array(200_000);
    for (let at = 0; at < 9; at++) await pool.submit(first, large);
    expect(pool.stats().sentAgain).toEqual({ values: 0, times: 0, bytes: 0 });
    await pool.map(first, [large, large, large]).toArray();
    expect(pool.stats().sentAgain).toMatchObject({ values: 1, times: 3 });
    expect(await sentence("sent-again", () => pool.stats())).toMatch(/3 times more .* 4\.8 MB .* share\(\)/);
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  test("described-again: a closure for each of many small calls, and none for a map", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    const by = { factor: 2 };
    const multiply = (x: number): number => x * by.factor;
    const numbers = Array.from({ length: 500 }, (_, at) => at);
    for (let at = 0; at < 5; at++) await pool.map(multiply, numbers).toArray();
    expect(codesOf(pool.stats())).not.toContain("described-again");
    await until(() => {
      for (const at of numbers) void pool.submit(multiply, at).exception();
      return codesOf(pool.stats()).includes("described-again");
    });
    const text = await sentence("described-again", () => pool.stats());
    expect(text).toMatch(/`multiply` was described \d{3,} times, 0\.\d{3} ms each: .*Export it/);
  });

  test("unread-results: a reader who is behind, and none who takes all at once", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
    await using recorder = new Recorder(pool);
    const values = Array<number>(150).fill(4);
    await pool.map(spin, values).toArray();
    for await (const _ of pool.map(spin, values));
    expect(codesOf(recorder.stats())).not.toContain("unread-results");
    const behind = pool.map(spin, values);
    await behind.next();
    const text = await sentence("unread-results", () => recorder.stats());
    expect(text).toMatch(/^\d+ of 150 results of `spin`, about \d+ KB, .*`buffersize`/);
    await behind.return?.();
    const bounded = pool.map(spin, values, { buffersize: 50 });
    await bounded.next();
    await bounded.return?.();
    expect(recorder.stats().unread).toMatchObject({ of: 150 });
  });

  test("worker-died", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    await using recorder = new Recorder(pool);
    await pool.submit(square, 1);
    await pool.submit(exit).exception();
    expect(await sentence("worker-died", () => recorder.stats())).toMatch(/^1 of 1 workers died/);
  });

  test("memory-grows: calls that keep what they make, and none that let it go", async () => {
    await using tidy = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    for (let at = 0; at < 100; at++) await tidy.submit(churn, 1_000_000);
    await until(() => tidy.stats().byWorker[0]?.heap !== undefined);
    expect(codesOf(tidy.stats())).not.toContain("memory-grows");
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    let calls = 0;
    for (; !codesOf(pool.stats()).includes("memory-grows") && calls < 300; calls++) {
      await pool.submit(keep, 1_000_000);
      await nap(5);
    }
    expect(calls).toBeLessThan(300);
    expect(await sentence("memory-grows", () => pool.stats())).toMatch(
      /worker 1 grows by \d+\.\d MB per 1,000 calls, and is now \d+\.\d MB.*`maxTasksPerChild`/,
    );
  });

  test("unbalanced: one worker does it all", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
    await Promise.all([pool.submit(spin, 20), pool.submit(spin, 20)]);
    const texts = (): string[] => verdicts(pool.stats()).map(({ text }) => text);
    await until(() => pool.stats().byWorker.filter(({ wait }) => wait > 0).length === 2);
    while (!texts().some((text) => text.includes("the median worker"))) await pool.submit(spin, 200);
    expect(texts().find((text) => text.includes("median"))).toMatch(/worked \d+ % of its time.* \d+ %/);
  });

  test("calls-too-small", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
    const values = Array.from({ length: 20_000 }, (_, at) => at);
    // The first calls load the module.
    while (!codesOf(pool.stats()).includes("calls-too-small"))
      await pool.map(same, values, { chunksize: 2_000 }).toArray();
    expect(await sentence("calls-too-small", () => pool.stats())).toMatch(
      /^\d+ calls of `same` took \d\.\d us each \(median\), less/,
    );
  });
});

test("main-thread-busy: workers wait for this thread", async () => {
  await using pool = new ProcessPoolExecutor(1);
  await pool.submit(square, 1);
  await using recorder = new Recorder(pool);
  for (let at = 0; !codesOf(recorder.stats()).includes("main-thread-busy") && at < 100; at++) {
    spin(20);
    await pool.submit(square, at);
  }
  expect(await sentence("main-thread-busy", () => recorder.stats())).toMatch(/busy \d+ % of the time/);
});

test("a pool that is well has none", async () => {
  await using pool = new ProcessPoolExecutor(2);
  await using recorder = new Recorder(pool);
  // At first its workers start.
  do await pool.map(spin, Array<number>(40).fill(10)).toArray();
  while (verdicts(recorder.stats()).length > 0);
});

describe("verdicts of made-up numbers", () => {
  const worker = { workerId: 1, calls: 10, failed: 0, start: 10, init: 0, work: 900, wait: 50, exit: 0 };
  const times = { p50: 1, p90: 1, p99: 1 };
  const run = { ...times, count: 10, mean: 90, max: 100 };
  const healthy: RecorderStats = {
    pool: 1,
    workers: 2,
    pending: 0,
    running: 0,
    done: 20,
    failed: 0,
    cancelled: 0,
    shared: { values: 0, bytes: 0, sent: 0 },
    runTime: times,
    waitTime: times,
    byWorker: [worker, { ...worker, workerId: 2 }],
    byFunction: [{ name: "work", calls: 20, failed: 0, runTime: run }],
    eventLoop: 0.1,
    deaths: 0,
    slowest: [],
    transfer: { pack: 1, unpack: 1, bytes: 1_000, largest: { function: "work", bytes: 50 } },
  };
  const codes = (change: Partial<RecorderStats>): string[] =>
    verdicts({ ...healthy, ...change }).map(({ code }) => code);

  test("has nothing to say of a pool that is well, or has done nothing", () => {
    expect(verdicts(healthy)).toEqual([]);
    expect(codes({ done: 0, byWorker: [{ ...worker, wait: 5_000, work: 0 }] })).toEqual([]);
  });

  test.each([
    ["start-up", { byWorker: [{ ...worker, start: 400, init: 100 }] }],
    ["too-little-work", { byWorker: [{ ...worker, wait: 2_000 }] }],
    ["main-thread-busy", { byWorker: [{ ...worker, wait: 600 }], eventLoop: 0.95, pending: 50 }],
    ["unbalanced", { byWorker: [worker, { ...worker, workerId: 2, work: 300, wait: 650 }] }],
    ["worker-died", { deaths: 1 }],
    ["too-little-work", { lastCall: { function: "work", workerId: 2, alone: 400, share: 0.45 } }],
    [
      "transfer",
      {
        transfer: {
          ...{ pack: 400, unpack: 900, bytes: 60_000_000 },
          largest: { function: "work", bytes: 3_000_000 },
        },
      },
    ],
    ["sent-again", { sentAgain: { values: 1, times: 5, bytes: 10_000_000 } }],
    ["described-again", { described: { function: "work", times: 1_000, milliseconds: 600 } }],
    ["unread-results", { unread: { function: "work", count: 900, of: 1_000, bytes: 5_000 } }],
    ["unread-results", { unread: { function: "work", count: 20, of: 20, bytes: 50_000_000 } }],
    [
      "memory-grows",
      { byWorker: [{ ...worker, heap: 9e7, heapGrowth: { bytes: 6e7, perCall: 1e5 } }, worker] },
    ],
    [
      "calls-too-small",
      {
        byFunction: [{ name: "tiny", calls: 5_000, failed: 0, runTime: { ...run, mean: 0.001, p50: 0.001 } }],
        done: 5_000,
      },
    ],
  ] as [string, Partial<RecorderStats>][])("says %s, with a share and a number", (code, change) => {
    const found = verdicts({ ...healthy, ...change });
    expect(found.map((one) => one.code)).toEqual([code]);
    expect(found[0]?.share).toBeGreaterThan(0);
    expect(found[0]?.share).toBeLessThanOrEqual(1);
    expect(found[0]?.text).toMatch(/\d/);
  });

  test.each([
    ["a short run with one call alone", { lastCall: { function: "f", workerId: 1, alone: 20, share: 0.9 } }],
    [
      "small calls that take long to send",
      { transfer: { pack: 4_000, unpack: 0, bytes: 1e6, largest: { function: "f", bytes: 20 } } },
    ],
    ["a reader who keeps up", { unread: { function: "f", count: 200, of: 10_000, bytes: 2e7 } }],
    ["a function that runs longer", { described: { function: "f", times: 1_000, milliseconds: 60 } }],
    ["a few descriptions", { described: { function: "f", times: 20, milliseconds: 900 } }],
    ["a few small results that wait", { unread: { function: "f", count: 50, of: 50, bytes: 400 } }],
    [
      "a heap that grows a little",
      { byWorker: [{ ...worker, heap: 9e7, heapGrowth: { bytes: 1e6, perCall: 10 } }, worker] },
    ],
  ] as [string, Partial<RecorderStats>][])("say nothing of %s", (_what, change) => {
    expect(codes(change)).toEqual([]);
  });
});
