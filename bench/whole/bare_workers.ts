import { isMainThread, parentPort, Worker } from "node:worker_threads";

/** What the pool is measured against: six bare Workers, each of which gets a sixth of the rows in one message. */

const square = (n: number): number => n * n;

const workers = 6;

function part(rows: readonly number[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url));
    worker.once("error", reject);
    worker.once("message", (squares: number[]) => {
      resolve(squares);
      void worker.terminate();
    });
    worker.postMessage(rows);
  });
}

if (isMainThread) {
  const rows = Array.from({ length: Number(process.argv[3]) }, (_, n) => n);
  const size = Math.ceil(rows.length / workers);
  const parts = Array.from({ length: workers }, (_, at) => part(rows.slice(at * size, (at + 1) * size)));
  console.log((await Promise.all(parts)).flat().reduce((sum, n) => sum + n, 0));
} else {
  parentPort?.once("message", (rows: readonly number[]) => parentPort?.postMessage(rows.map(square)));
}
