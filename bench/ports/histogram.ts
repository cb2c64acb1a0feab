import { getContext, Pool, type StartMethod } from "concurrent-futures/multiprocessing";
import { countIntoHistogram, startHistogram } from "./tasks.ts";

const [context, values] = [process.argv[2] as StartMethod, Number(process.argv[3])];
const shared = getContext(context).Array("i", 16);
await using pool = new Pool({ processes: 2, context, initializer: startHistogram, initargs: [shared] });
const jobs = [1, 2, 3, 4, 5, 6, 7, 8].map((seed): [number, number] => [seed, values]);
await pool.starmap(countIntoHistogram, jobs);
console.log([...shared].reduce((sum, number) => sum + number * number, 0));
