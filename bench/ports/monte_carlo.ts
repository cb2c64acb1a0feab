import { Pool, type StartMethod } from "concurrent-futures/multiprocessing";
import { countInside } from "./tasks.ts";

const [context, points] = [process.argv[2] as StartMethod, Number(process.argv[3])];
await using pool = new Pool({ processes: 2, context });
const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
const inside = await pool.starmap(
  countInside,
  seeds.map((seed): [number, number] => [seed, points]),
);
console.log(inside.reduce((sum, count) => sum + count, 0));
