import { asCompleted, wait } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

/** Longer than Node's timers can be: each means what it says, and none "at once". */
const extremes = [2 ** 31, 30 * 24 * 3_600_000, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Infinity];

describe.each(["thread", "spawn"] as const)("with workers of %s", (mpContext) => {
  test("a timeout of any length is waited for", async () => {
    const executor = pool({ mpContext, maxWorkers: extremes.length });
    const tasks = extremes.map((timeout) =>
      executor.withOptions({ timeout }).submit(work("sleep"), 50, "ok"),
    );
    const waits = extremes.flatMap((timeout, at) => {
      const task = tasks[at]!;
      return [
        task.result(timeout),
        task.exception(timeout).then(() => "ok"),
        wait([task], { timeout }).then(({ done }) => (done.size === 1 ? "ok" : "late")),
        asCompleted([task], { timeout })
          .next()
          .then((step) => (step.value === task ? "ok" : "late")),
        executor
          .map(work("sleep"), [50], ["ok"], { timeout })
          .next()
          .then((step) => step.value),
        executor
          .mapUnordered(work("sleep"), [50], ["ok"], { timeout })
          .next()
          .then((step) => step.value),
      ];
    });
    expect(await Promise.all(waits)).toEqual(waits.map(() => "ok"));
    for (const timeout of extremes) {
      expect(executor.submit(work("sleep"), 20, "ok").resultSync(timeout)).toBe("ok");
    }
  });

  test("a timeout of less than nothing is none, and what is no number is refused", async () => {
    const executor = pool({ mpContext, maxWorkers: 1 });
    const outcome = (start: () => unknown): Promise<unknown> =>
      (async () => await start())().catch((error: Error) => error.name);
    const task = executor.submit(work("never"));
    const waits: [string, (timeout: number) => unknown, unknown][] = [
      ["result", (timeout) => task.result(timeout), "TimeoutError"],
      ["resultSync", (timeout) => task.resultSync(timeout), "TimeoutError"],
      ["exception", (timeout) => task.exception(timeout), "TimeoutError"],
      ["wait", async (timeout) => (await wait([task], { timeout })).done.size, 0],
      ["asCompleted", (timeout) => asCompleted([task], { timeout }).next(), "TimeoutError"],
      ["map", (timeout) => executor.map(work("never"), [1], { timeout }).next(), "TimeoutError"],
      [
        "mapUnordered",
        (timeout) => executor.mapUnordered(work("never"), [1], { timeout }).next(),
        "TimeoutError",
      ],
    ];
    for (const [name, start, late] of waits) {
      expect([name, await outcome(() => start(Number.NaN))]).toEqual([name, "ValueError"]);
      for (const timeout of [-1, -Infinity]) {
        expect([name, timeout, await outcome(() => start(timeout))]).toEqual([name, timeout, late]);
      }
    }
  });

  test.each(extremes)("an idle worker stays for an idleTimeout of %p", async (idleTimeout) => {
    const executor = pool({ mpContext, maxWorkers: 1, idleTimeout });
    await executor.submit(work("square"), 3);
    await until(() => executor.stats().running === 0);
    // Two timers of Node's: one that overflows is due before them.
    // biome-ignore lint/style/noRestrictedGlobals: timers of Node are what is tested.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    await executor.submit(work("square"), 3);
    expect(executor.stats().byWorker.map(({ workerId }) => workerId)).toEqual([1]);
  });
});
