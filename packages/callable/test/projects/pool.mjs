import { Worker } from "node:worker_threads";
import { describe, pack, unpack, unpackError } from "@concurrent-futures/callable";

/**
 * A pool of one thread, so that the projects show this package alone. The worker's file is not the user's. Other
 * packages run the same projects with their own pool, a module with the same two exports.
 */
const other = process.env.POOL_MODULE;
const waiting = new Map();
let worker;

function start() {
  worker = new Worker(new URL("../support/thread.mjs", import.meta.url));
  worker.on("message", async ({ id, value, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) Promise.resolve(unpack(value)).then(resolve, reject);
    else Promise.resolve(unpackError(error)).then(reject, reject);
  });
}

export async function run(fn, ...args) {
  if (other !== undefined) return (await import(other)).run(fn, ...args);
  if (worker === undefined) start();
  const id = waiting.size + 1;
  const message = { id, ref: describe(fn), args: pack(args) };
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage(message);
  });
}

export async function end() {
  if (other !== undefined) await (await import(other)).end();
  await worker?.terminate();
}
