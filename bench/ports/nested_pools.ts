import { ProcessPoolExecutor } from "concurrent-futures";
import type { StartMethod } from "concurrent-futures/multiprocessing";
import { split } from "./tasks.ts";

const [mpContext, rounds] = [process.argv[2] as StartMethod, Number(process.argv[3])];
await using outer = new ProcessPoolExecutor({ maxWorkers: 2, mpContext });
const sums = await outer.map(split, [0, 1], [rounds, rounds], [mpContext, mpContext]).toArray();
console.log(sums.reduce((sum, value) => sum + value, 0));
