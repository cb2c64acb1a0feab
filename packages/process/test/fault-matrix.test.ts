import { task } from "@concurrent-futures/callable";
import type { Future } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

/**
 * Two workers, eight independent calls of which number 3 misbehaves, then one more call on the same pool. The rule: one
 * bad call costs one call. `docs/faults.md` shows these rows beside those of five Python libraries.
 */
type Row = {
  readonly fault: string;
  readonly error: string;
  readonly guilty: (executor: ReturnType<typeof pool>) => Future<unknown>;
  readonly onlyProcesses?: true;
};

const rows: readonly Row[] = [
  {
    fault: "kills itself with SIGKILL",
    error: "BrokenProcessPool",
    guilty: (executor) => executor.submit(work("killSelf")),
    onlyProcesses: true,
  },
  {
    fault: "aborts natively",
    error: "BrokenProcessPool",
    guilty: (executor) => executor.submit(work("abort")),
    onlyProcesses: true,
  },
  {
    fault: "exits with code 0",
    error: "BrokenProcessPool",
    guilty: (executor) => executor.submit(work("exit"), 0),
  },
  {
    fault: "returns something that does not clone",
    error: "SerializationError",
    guilty: (executor) => executor.submit(work("uncloneable")),
  },
  {
    fault: "throws an error whose class cannot be built anew",
    error: "Error",
    guilty: (executor) => executor.submit(work("throwOdd")),
  },
  {
    fault: "throws what is no error",
    error: "undefined",
    guilty: (executor) => executor.submit(work("throwValue"), undefined),
  },
  {
    fault: "is a function that cannot be loaded",
    error: "SerializationError",
    guilty: (executor) =>
      executor.submit(
        task(new URL("./fixtures/work.mjs", import.meta.url), "missing") as unknown as () => unknown,
      ),
  },
];

for (const mpContext of ["thread", "spawn"] as const) {
  describe(`fault matrix, ${mpContext}: one bad call costs one call`, () => {
    for (const { fault, error, guilty, onlyProcesses } of rows) {
      if (onlyProcesses && mpContext === "thread") continue;
      for (const length of [0, 20]) {
        test(`a call that ${fault} among calls of ${length} ms`, async () => {
          const executor = pool({ maxWorkers: 2, mpContext });
          const calls: Future<unknown>[] = [];
          for (let number = 0; number < 8; number++)
            calls.push(number === 3 ? guilty(executor) : executor.submit(work("spin"), length));
          const reason = await rejection(calls[3] as Future<unknown>);
          expect(reason === undefined ? "undefined" : (reason as Error).name).toBe(error);
          const others = calls.filter((_, number) => number !== 3);
          expect(await Promise.all(others)).toEqual(others.map(() => length));
          expect(await executor.submit(work("square"), 7)).toBe(49);
        });
      }
    }

    test("an argument that does not clone is refused, and the others never notice", async () => {
      const executor = pool({ maxWorkers: 2, mpContext });
      const before = Array.from({ length: 3 }, (_, at) => executor.submit(work("square"), at));
      expect(() => executor.submit(work("identity"), process.stdout)).toThrow(/travel|send/i);
      const after = Array.from({ length: 4 }, (_, at) => executor.submit(work("square"), at));
      expect(await Promise.all([...before, ...after])).toEqual([0, 1, 4, 0, 1, 4, 9]);
    });

    test("an initializer that throws fails every call, and nothing hangs", async () => {
      const executor = pool({
        maxWorkers: 2,
        mpContext,
        initializer: work("fail") as never,
        initargs: ["bad"] as never,
      });
      const calls = Array.from({ length: 8 }, (_, at) => executor.submit(work("square"), at));
      for (const call of calls) expect(await rejection(call)).toMatchObject({ name: "BrokenProcessPool" });
    });

    test("a bad item of a map costs its own position", async () => {
      const executor = pool({ maxWorkers: 2, mpContext });
      const items = Array.from({ length: 200 }, (_, at) => at);
      const outcomes = await executor
        .map(work("squareOfGoodItems") as (x: number) => unknown, items)
        .settled()
        .toArray();
      const shown = outcomes.map((outcome) =>
        outcome.status === "fulfilled" ? outcome.value : (outcome.reason as Error).name,
      );
      const bad: Record<number, string> = {
        50: "RangeError",
        100: "SerializationError",
        150: "BrokenProcessPool",
      };
      expect(shown).toEqual(items.map((x) => bad[x] ?? x * x));
    });
  });
}
