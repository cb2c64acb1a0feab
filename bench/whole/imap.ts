import { getContext, type StartMethod } from "concurrent-futures/multiprocessing";

const square = (n: number): number => n * n;

const rows = Array.from({ length: Number(process.argv[3]) }, (_, n) => n);
const pool = getContext(process.argv[2] as StartMethod).Pool(6);
let sum = 0;
for await (const value of pool.imap(square, rows)) sum += value;
await pool.terminate();
console.log(sum);
