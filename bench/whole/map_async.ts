import { getContext, type StartMethod } from "concurrent-futures/multiprocessing";

const square = (n: number): number => n * n;

const rows = Array.from({ length: Number(process.argv[3]) }, (_, n) => n);
const pool = getContext(process.argv[2] as StartMethod).Pool(6);
const squares = await pool.mapAsync(square, rows).get();
await pool.terminate();
console.log(squares.reduce((sum, n) => sum + n, 0));
