import { type AsyncResult, Pool, type StartMethod } from "concurrent-futures/multiprocessing";
import { spin } from "./tasks.ts";

const [context, rounds] = [process.argv[2] as StartMethod, Number(process.argv[3])];
let total = 0;
const pending: AsyncResult<number>[] = [];
await using pool = new Pool({ processes: 2, maxtasksperchild: 5, context });
for (let number = 0; number < 40; number++) {
  if (pending.length === 8) total += await (pending.shift() as AsyncResult<number>).get();
  pending.push(pool.applyAsync(spin, [number, rounds]));
}
for (const result of pending) total += await result.get();
console.log(total);
