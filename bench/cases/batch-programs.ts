import { ProcessPoolExecutor, resource, share, task } from "concurrent-futures";
import { SimulatedExecutor } from "concurrent-futures/testing";
import type { Case, Contestant } from "../harness/case.ts";
import { contestant, timed } from "../harness/contestants.ts";
import { taskNamed } from "../peers/ours.ts";
import type * as nested from "../tasks/nested.ts";

const file = new URL("../tasks/nested.js", import.meta.url);
const sumOf = task(file, "sumOf") as unknown as typeof nested.sumOf;
const waitsForTimer = task(file, "waitsForTimer") as unknown as typeof nested.waitsForTimer;
const square = taskNamed("square");

/** One way to run a case's calls on a pool of ours. */
function way(
  name: string,
  settings: string,
  pool: () => ProcessPoolExecutor,
  work: (pool: ProcessPoolExecutor) => Promise<number>,
  per: number,
): Contestant {
  return contestant(name, "ours", settings, async () => {
    const executor = pool();
    await work(executor);
    return {
      async measure() {
        let checksum = 0;
        const took = await timed(async () => {
          checksum = await work(executor);
        });
        return { cost: (took * 1000) / per, checksum };
      },
      close: () => executor.shutdown(),
    };
  });
}

async function sum(values: AsyncIterable<number>): Promise<number> {
  let total = 0;
  for await (const value of values) total += value;
  return total;
}

/** A large value for many calls. */
export const sharedValue: Case = {
  name: "share",
  description: "8 MB of numbers for each of 50 calls: by `share`, and sent with each; cost of a call.",
  metrics: { cost: "us" },
  bars: () => [
    { text: "cheaper than sending it each time", against: { names: ["ours, sent each time"] }, atLeast: 1 },
  ],
  async run({ workers, quick }) {
    const calls = quick ? 4 : 50;
    const numbers = new Float64Array(quick ? 1_000 : 1_000_000).fill(1);
    const open = (): ProcessPoolExecutor => new ProcessPoolExecutor(workers);
    const settings = `ProcessPoolExecutor(${workers})`;
    const callsOf = (value: Float64Array) => (pool: ProcessPoolExecutor) =>
      sum(pool.map(sumOf, new Array<Float64Array>(calls).fill(value)));
    return [
      way("ours", `${settings}, share(numbers)`, open, callsOf(share(numbers)), calls),
      way("ours, sent each time", settings, open, callsOf(numbers), calls),
    ];
  },
};

/** What a resource costs the calls that use it. */
export const resourceUse: Case = {
  name: "resource",
  description:
    "5,000 calls that ask for a `resource` of their worker, beside calls that ask for nothing; cost of a call.",
  metrics: { cost: "us" },
  bars: () => [],
  async run({ workers, quick }) {
    const calls = quick ? 50 : 5_000;
    const numbers = Array.from({ length: calls }, (_, n) => n);
    const open = (): ProcessPoolExecutor => new ProcessPoolExecutor(workers);
    const settings = `ProcessPoolExecutor(${workers})`;
    const offset = resource(() => ({ by: 0 }));
    const plain = async (n: number): Promise<number> => n;
    const using = async (n: number): Promise<number> => n + (await offset()).by;
    return [
      way("ours", `${settings}, resource()`, open, (pool) => sum(pool.map(using, numbers)), calls),
      way("ours, without", settings, open, (pool) => sum(pool.map(plain, numbers)), calls),
    ];
  },
};

/** What it costs to be able to try again. */
export const retriesUnused: Case = {
  name: "retries",
  description:
    "5,000 squares by `submit` through `withOptions({ retries: 3 })`, of which none fails; cost of a call.",
  metrics: { cost: "us" },
  bars: () => [],
  async run({ workers, quick }) {
    const calls = quick ? 50 : 5_000;
    const open = (): ProcessPoolExecutor => new ProcessPoolExecutor(workers);
    const settings = `ProcessPoolExecutor(${workers})`;
    const submitAll =
      (retries: number) =>
      async (pool: ProcessPoolExecutor): Promise<number> => {
        const through = retries === 0 ? pool : pool.withOptions({ retries });
        const futures = Array.from({ length: calls }, (_, n) => through.submit(square, n));
        let total = 0;
        for (const future of futures) total += await future;
        return total;
      };
    return [
      way("ours", `${settings}, retries: 3`, open, submitAll(3), calls),
      way("ours, without", settings, open, submitAll(0), calls),
    ];
  },
};

/** Calls that wait, several in a worker. */
export const waitingCalls: Case = {
  name: "tasks-per-worker",
  description:
    "400 calls that wait for a millisecond each, with `tasksPerWorker: 50` and without; cost of a call.",
  metrics: { cost: "us" },
  bars: () => [{ text: "ten times as many", against: { names: ["ours, one at a time"] }, atLeast: 10 }],
  async run({ workers, quick }) {
    const calls = quick ? 20 : 400;
    const numbers = Array.from({ length: calls }, (_, n) => n);
    const work = (pool: ProcessPoolExecutor): Promise<number> => sum(pool.map(waitsForTimer, numbers));
    const open = (tasksPerWorker: number) => (): ProcessPoolExecutor =>
      new ProcessPoolExecutor({ maxWorkers: workers, tasksPerWorker });
    return [
      way("ours", `maxWorkers: ${workers}, tasksPerWorker: 50`, open(50), work, calls),
      way("ours, one at a time", `maxWorkers: ${workers}`, open(1), work, calls),
    ];
  },
};

/** What last words cost a pool that leaves. */
export const lastWords: Case = {
  name: "finalizer",
  description:
    "A pool of one process that starts, runs a call and leaves, with a `finalizer` whose word `exitResults()` reads; cost of a pool.",
  metrics: { cost: "us" },
  bars: () => [],
  async run({ quick }) {
    const pools = quick ? 1 : 10;
    const lives = async (finalizer: (() => number) | undefined): Promise<number> => {
      let total = 0;
      for (let n = 0; n < pools; n++) {
        const pool = new ProcessPoolExecutor({ maxWorkers: 1, ...(finalizer && { finalizer }) });
        total += await pool.submit(square, n);
        await pool.shutdown();
        if (finalizer !== undefined && (await pool.exitResults()).length !== 1)
          throw new Error("No last word");
      }
      return total;
    };
    const own = (name: string, settings: string, finalizer: (() => number) | undefined): Contestant =>
      way(
        name,
        settings,
        () => new ProcessPoolExecutor(1),
        () => lives(finalizer),
        pools,
      );
    return [
      own("ours", "ProcessPoolExecutor({ maxWorkers: 1, finalizer })", () => 1),
      own("ours, without", "ProcessPoolExecutor(1)", undefined),
    ];
  },
};

/** What a test pays for its pool. */
export const simulated: Case = {
  name: "simulated",
  description:
    "5,000 squares by `submit` on a new `SimulatedExecutor`, as a user's tests have it, and on a new pool; cost of a call.",
  metrics: { cost: "us" },
  bars: () => [],
  async run({ workers, quick }) {
    const calls = quick ? 50 : 5_000;
    const numbers = Array.from({ length: calls }, (_, n) => n);
    const on = (
      name: string,
      settings: string,
      make: () => SimulatedExecutor | ProcessPoolExecutor,
    ): Contestant =>
      contestant(name, "ours", settings, async () => ({
        async measure() {
          let checksum = 0;
          const took = await timed(async () => {
            const executor = make();
            for (const future of numbers.map((n) => executor.submit(square, n))) checksum += await future;
            await executor.shutdown();
          });
          return { cost: (took * 1000) / calls, checksum };
        },
        close: async () => {},
      }));
    return [
      on(
        "ours",
        `SimulatedExecutor({ seed, workers: ${workers} })`,
        () => new SimulatedExecutor({ seed: 1, workers }),
      ),
      on("ours, a pool", `ProcessPoolExecutor(${workers})`, () => new ProcessPoolExecutor(workers)),
    ];
  },
};
