import { readdirSync, readFileSync } from "node:fs";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { work } from "./support/pools.ts";

/** One pool after the other, each used and shut down; with STRESS=1, two hundred of each kind. */
const pools = process.env["STRESS"] === "1" ? 200 : 4;

/** What a pool could leave behind in this process: descriptors, threads, child processes, handles of the event loop. */
function held(): readonly number[] {
  const threads = readdirSync("/proc/self/task");
  const children = threads.flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
  return [
    readdirSync("/proc/self/fd").length,
    threads.length,
    children.length,
    process.getActiveResourcesInfo().length,
  ];
}

test.each(["thread", "spawn"] as const)(
  "of many pools of %s workers, made one after the other, nothing is left",
  async (mpContext) => {
    const one = async (n: number): Promise<void> => {
      const executor = new ProcessPoolExecutor({ maxWorkers: 1, mpContext });
      expect(await executor.submit(work("square"), n)).toBe(n * n);
      await executor.shutdown();
    };
    // What the first one makes for all of them.
    await one(0);
    const before = held();
    for (let n = 1; n < pools; n++) await one(n);
    await until(() => held().every((count, at) => count <= (before[at] as number)));
  },
  300_000,
);
