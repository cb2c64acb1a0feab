import { task } from "@concurrent-futures/callable";
import { ProcessPoolExecutor, type ProcessPoolOptions } from "@concurrent-futures/process";
import { afterEach } from "@jest/globals";

/** A function of the fixtures, by its name. */
export function work(name: string): (...args: unknown[]) => unknown {
  return task(new URL("../fixtures/work.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;
}

const open: ProcessPoolExecutor[] = [];

/** A pool that is ended after the test, whatever becomes of it. */
export function pool(options: ProcessPoolOptions = { maxWorkers: 2 }): ProcessPoolExecutor {
  const executor = new ProcessPoolExecutor(options);
  open.push(executor);
  return executor;
}

afterEach(async () => {
  for (const executor of open.splice(0)) {
    executor.killWorkers();
    await executor.shutdown();
  }
});
