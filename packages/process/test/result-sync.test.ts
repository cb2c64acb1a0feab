import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokenProcessPool, CancelledError, TimeoutError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { thrown } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

describe.each(["thread", "spawn"] as const)("resultSync with %s workers", (mpContext) => {
  test("blocks this thread until the result is there, on a pool that was cold", () => {
    const executor = pool({ maxWorkers: 2, mpContext });
    const future = executor.submit(work("sleep"), 20, "rested");
    expect(future.resultSync()).toBe("rested");
    expect(executor.submit(work("square"), 7).resultSync()).toBe(49);
  });

  test("throws the call's own error", () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    expect(thrown(() => executor.submit(work("fail"), "x").resultSync())).toMatchObject({
      name: "RangeError",
      message: "x",
    });
    expect(thrown(() => executor.submit(work("throwValue"), 0).resultSync())).toBe(0);
  });

  test("gives up when its time is over, and the call goes on", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    await executor.submit(work("square"), 1);
    // It does not end before this thread has gone on.
    const folder = mkdtempSync(join(tmpdir(), "result-sync-"));
    const future = executor.submit(work("whenExists"), join(folder, "go"), "later");
    expect(thrown(() => future.resultSync(20))).toBeInstanceOf(TimeoutError);
    expect(thrown(() => future.resultSync(0))).toBeInstanceOf(TimeoutError);
    writeFileSync(join(folder, "go"), "");
    expect(await future).toBe("later");
    rmSync(folder, { recursive: true });
  });

  test("notices a worker that dies meanwhile", () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    expect(thrown(() => executor.submit(work("exit"), 4).resultSync())).toBeInstanceOf(BrokenProcessPool);
    expect(executor.submit(work("square"), 3).resultSync()).toBe(9);
  });

  test("settles the others that end meanwhile too", async () => {
    const executor = pool({ maxWorkers: 2, mpContext });
    const others = Array.from({ length: 50 }, (_, at) => executor.submit(work("square"), at));
    expect(executor.submit(work("square"), 50).resultSync()).toBe(2500);
    expect(await Promise.all(others)).toEqual(others.map((_, at) => at * at));
  });

  test("of a cancelled call throws CancelledError at once", () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    executor.submit(work("sleep"), 50);
    const future = executor.submit(work("square"), 2);
    expect(future.cancel()).toBe(true);
    expect(thrown(() => future.resultSync())).toBeInstanceOf(CancelledError);
  });

  test("works on a call that a done-callback submits, with the only worker that there is", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const outcome = new Promise((resolve, reject) => {
      executor.submit(work("square"), 2).addDoneCallback(() => {
        try {
          resolve(executor.submit(work("square"), 3).resultSync(10_000));
        } catch (error) {
          reject(error);
        }
      });
    });
    expect(await outcome).toBe(9);
    // Of several in one batch: the callback runs while the others have not been told of.
    const sums: unknown[] = [];
    const futures = [4, 5, 6].map((x) => executor.submit(work("square"), x));
    for (const future of futures)
      future.addDoneCallback(() => sums.push(executor.submit(work("square"), 10).resultSync(10_000)));
    expect(await Promise.all(futures)).toEqual([16, 25, 36]);
    expect(sums).toEqual([100, 100, 100]);
  });
});
