import { carry, ProcessPoolExecutor, TaskGroup, task } from "concurrent-futures";
import type { Case, Contestant, Scale } from "../harness/case.ts";
import { contestant, timed } from "../harness/contestants.ts";
import { taskNamed } from "../peers/ours.ts";
import type * as carried from "../tasks/carried.ts";

type Pool = ProcessPoolExecutor;

const file = new URL("../tasks/carried.js", import.meta.url);
const restore = task(file, "restore") as unknown as typeof carried.restore;
const drawn = task(file, "drawn") as unknown as typeof carried.drawn;
const anyNumber = task(file, "anyNumber") as unknown as typeof carried.anyNumber;
const square = taskNamed("square");

/** The same calls with something that a user may ask for, and without it: what asking costs each call. */
function costOf(
  name: string,
  what: string,
  calls: number,
  asked: (pool: Pool, numbers: readonly number[]) => Promise<number>,
  plain: (pool: Pool, numbers: readonly number[]) => Promise<number>,
): Case {
  return {
    name,
    description: `${what}, beside the same calls without it; cost of a call.`,
    metrics: { cost: "us" },
    bars: () => [],
    async run({ workers, quick }: Scale) {
      const numbers = Array.from({ length: quick ? 50 : calls }, (_, n) => n);
      const way = (title: string, work: typeof plain): Contestant =>
        contestant(title, "ours", `ProcessPoolExecutor(${workers})`, async () => {
          const pool = new ProcessPoolExecutor(workers);
          return {
            async measure() {
              let checksum = 0;
              const took = await timed(async () => {
                checksum = await work(pool, numbers);
              });
              return { cost: (took * 1000) / numbers.length, checksum };
            },
            close: () => pool.shutdown(),
          };
        });
      return [way("ours", asked), way("ours, without", plain)];
    },
  };
}

async function submitAll(executor: Pick<Pool, "submit">, numbers: readonly number[]): Promise<number> {
  const futures = numbers.map((n) => executor.submit(square, n));
  let total = 0;
  for (const future of futures) total += await future;
  return total;
}

export const taskGroup: Case = costOf(
  "task-group",
  "20,000 squares by `submit` through a TaskGroup that is left when all are done",
  20_000,
  async (pool, numbers) => {
    await using group = new TaskGroup(pool);
    return await submitAll(group, numbers);
  },
  submitAll,
);

export const settled: Case = costOf(
  "settled",
  "20,000 squares through `map`, read with `settled()`",
  20_000,
  async (pool, numbers) => {
    let total = 0;
    for await (const one of pool.map(square, numbers).settled())
      if (one.status === "fulfilled") total += one.value;
    return total;
  },
  async (pool, numbers) => {
    let total = 0;
    for await (const value of pool.map(square, numbers)) total += value;
    return total;
  },
);

export const carriedContext: Case = costOf(
  "carried",
  "20,000 squares by `submit` with a text that `carry` takes along",
  20_000,
  async (pool, numbers) => {
    const stop = carry({ name: "bench", capture: () => "a request", restore });
    try {
      return await submitAll(pool, numbers);
    } finally {
      stop();
    }
  },
  submitAll,
);

export const seeded: Case = costOf(
  "seeded-random",
  "20,000 numbers of `currentTask().random()` by a map with a `seed`, where others take `Math.random()`",
  20_000,
  async (pool, numbers) => (await pool.map(drawn, numbers, { seed: 1 }).toArray()).length,
  async (pool, numbers) => (await pool.map(anyNumber, numbers).toArray()).length,
);
