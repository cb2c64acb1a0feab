import assert from "node:assert/strict";
import { type Future, ProcessPoolExecutor, wait } from "concurrent-futures";
import { type Order, parseOrder } from "./parse-order.js";
import { timed } from "./stopwatch.js";

const lines = ["tea: 3.50", "coffee: 2.80", "???", "cake: 4.20", "bread; 3", "milk: 1.10", "jam: 5.00", ""];

/** Calls that fail: read by `addDoneCallback` and by `exception()`. One bad line costs one line. */
export async function main(): Promise<void> {
  const expected = await timed(`${lines.length} lines, one after the other`, () => {
    const outcomes: string[] = [];
    for (const line of lines) {
      try {
        outcomes.push(parseOrder(line).item);
      } catch (error) {
        outcomes.push(String(error));
      }
    }
    return outcomes;
  });

  const executor = new ProcessPoolExecutor();
  try {
    const futures = await timed(`${lines.length} lines, submit`, async () => {
      const submitted = lines.map((line) => executor.submit(parseOrder, line));
      for (const [at, future] of submitted.entries()) future.addDoneCallback((done) => report(at + 1, done));
      await wait(submitted);
      return submitted;
    });

    const outcomes: string[] = [];
    for (const future of futures) {
      const error = await future.exception();
      outcomes.push(error === null ? (await future.result()).item : String(error));
    }
    assert.deepEqual(outcomes, expected);
    console.log(`  ${futures.filter((future) => future.failed()).length} of ${lines.length} lines failed`);
  } finally {
    await executor.shutdown();
  }
}

/** A done-callback gets the future, whatever became of it, and reads it without waiting. */
async function report(line: number, done: Future<Order>): Promise<void> {
  const error = await done.exception();
  if (error !== null) console.log(`  line ${line}: ${error}`);
}
