import { asCompleted, type Future, ProcessPoolExecutor } from "concurrent-futures";
import type { StartMethod } from "concurrent-futures/multiprocessing";
import { checksum } from "./tasks.ts";

const [mpContext, rounds] = [process.argv[2] as StartMethod, Number(process.argv[3])];
await using pool = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
const jobs = new Map<Future<number>, readonly [number: number, attempt: number]>();
for (let number = 0; number < 12; number++) jobs.set(pool.submit(checksum, number, rounds, 0), [number, 0]);
let total = 0;
while (jobs.size > 0) {
  for await (const future of asCompleted([...jobs.keys()])) {
    const [number, attempt] = jobs.get(future as Future<number>) as readonly [number, number];
    jobs.delete(future as Future<number>);
    try {
      total += await future;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      jobs.set(pool.submit(checksum, number, rounds, attempt + 1), [number, attempt + 1]);
    }
  }
}
console.log(total);
