import assert from "node:assert/strict";
import { cpuCount, getContext } from "concurrent-futures/multiprocessing";
import { countTo } from "./process-tasks.js";
import { timed } from "./stopwatch.js";

const limit = 100_000_000;
const count = 4;

/** Processes, started and joined: on threads, and on processes of the operating system. */
export async function main(): Promise<void> {
  console.log(`  ${cpuCount()} CPUs`);
  await timed(`${count} counts to ${limit}, one after the other`, () => {
    for (let n = 0; n < count; n++) countTo(limit);
  });
  for (const method of ["thread", "spawn"] as const) {
    const { Process } = getContext(method);
    const all = Array.from({ length: count }, () => new Process({ target: countTo, args: [limit] }));
    await timed(`${count} of them, each in a ${method === "thread" ? "thread" : "process"}`, async () => {
      for (const process of all) process.start();
      for (const process of all) await process.join();
    });
    assert.deepEqual(
      all.map((process) => process.exitcode),
      [0, 0, 0, 0],
    );
  }
}
