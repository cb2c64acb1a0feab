import { afterAll, describe, expect, test } from "@jest/globals";
import { ProcessPoolExecutor, SerializationError } from "concurrent-futures";
import { Pool } from "concurrent-futures/multiprocessing";

/** Where the stack of a refusal begins: at the line of the program that submitted, not in the depths of this library. */

const executor = new ProcessPoolExecutor(1);
const view = executor.withOptions({ priority: 1 });
const pool = new Pool(1);
afterAll(async () => {
  await executor.shutdown();
  pool.terminate();
  await pool.join();
});

let total = 0;
const assigns = (n: number): void => {
  total += n;
};
const deep = { a: [{ b: [{ c: Promise.resolve(total) }] }] };

describe("the stack of a refusal begins with the caller's line, of", () => {
  test.each<[string, () => unknown]>([
    ["a function given to submit", () => executor.submit(assigns, 1)],
    ["an argument given to submit", () => executor.submit(String, deep)],
    ["a function given to map", () => executor.map(assigns, [1])],
    ["a function given to a view", () => view.submit(assigns, 1)],
    ["a function given to a Pool", () => pool.applyAsync(assigns, [1])],
  ])("%s", (_, call) => {
    let error: unknown;
    try {
      call();
    } catch (reason) {
      error = reason;
    }
    if (!(error instanceof SerializationError)) throw new Error(`expected a refusal, got ${String(error)}`);
    const [first] = error.stack?.match(/\n {4}at .*/) ?? [];
    expect(error.stack).toMatch(/^SerializationError: Cannot send /);
    expect(first).toContain("refused-calls.test.ts");
  });
});
