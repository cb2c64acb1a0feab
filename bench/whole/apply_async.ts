import { getContext, type StartMethod } from "concurrent-futures/multiprocessing";

const square = (n: number): number => n * n;

const pool = getContext(process.argv[2] as StartMethod).Pool(6);
let sum = 0;
for (let n = 0; n < Number(process.argv[3]); n++) {
  pool.applyAsync(square, [n], {
    callback: (value) => {
      sum += value;
    },
  });
}
pool.close();
await pool.join();
console.log(sum);
