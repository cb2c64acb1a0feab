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

/** What a promise rejects with; fails when it does not, or takes longer than it may. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}

/** Waits for a condition by looking, with a deadline: for what no event tells. */
export async function until(condition: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error("the condition did not come about in time");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
