import { Pool, type StartMethod } from "concurrent-futures/multiprocessing";
import { countWords } from "./tasks.ts";

const [context, words] = [process.argv[2] as StartMethod, Number(process.argv[3])];
await using pool = new Pool({ processes: 2, context });
const jobs = Array.from({ length: 20 }, (_, number): [number, number] => [number, words]);
const results = pool.imapUnordered(countWords, jobs);
let total = 0;
let broken = 0;
for (;;) {
  try {
    const { done, value } = await results.next();
    if (done) break;
    total += value;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    broken++;
  }
}
console.log(total * 100 + broken);
