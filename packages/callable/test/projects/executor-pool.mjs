// By path: this package must not depend on the one at the top, which its users have.
import { ProcessPoolExecutor } from "../../../concurrent-futures/dist/index.js";

/** The pool of the projects (see pool.mjs) as users have it. */
let executor;

export function run(fn, ...args) {
  executor ??= new ProcessPoolExecutor({ maxWorkers: 1, mpContext: process.env.POOL_CONTEXT });
  return executor.submit(fn, ...args);
}

export async function end() {
  await executor?.shutdown();
}
