import { describe, expect, test } from "@jest/globals";
import { type Future, TaskGroup } from "concurrent-futures";
import fc from "fast-check";
import { failAt, shortly } from "./fixtures/settled.mjs";
import { executors } from "./support/subjects.ts";

const calls = fc.array(
  fc.record({
    /** A multiple of three fails. */
    n: fc.nat({ max: 11 }),
    fn: fc.constantFrom(failAt, shortly),
    /** Through a group whose executor is the group. */
    within: fc.boolean(),
    cancel: fc.constantFrom("no" as const, "at once" as const, "in a while" as const),
  }),
  { minLength: 1, maxLength: 8 },
);

describe.each(executors)("groups on $name", ({ create }) => {
  test("whatever fails and is cancelled, nothing outlives the group, and each failure is told once", async () => {
    const executor = create({ maxWorkers: 2 });
    await fc.assert(
      fc.asyncProperty(
        calls,
        fc.constantFrom("cancel" as const, "continue" as const),
        async (plan, onFailure) => {
          const group = new TaskGroup(executor, { onFailure });
          const inner = new TaskGroup(group, { onFailure: "continue" });
          const cancelled = new Set<Future<number>>();
          const futures = plan.map(({ n, fn, within, cancel }) => {
            const future = (within ? inner : group).submit(fn, n);
            const take = (): void => {
              if (future.cancel()) cancelled.add(future);
            };
            if (cancel === "at once") take();
            // biome-ignore lint/style/noRestrictedGlobals: any moment is right for the property.
            else if (cancel === "in a while") setTimeout(take, n % 5);
            return future;
          });
          const innerLeft = await inner[Symbol.asyncDispose]().catch((error: AggregateError) => error);
          const left = await group[Symbol.asyncDispose]().catch((error: AggregateError) => error);
          expect(futures.every((future) => future.done())).toBe(true);
          const failures = futures.filter((future) => future.failed());
          expect(left?.errors.length ?? 0).toBe(failures.length);
          expect(new Set(left?.errors).size).toBe(failures.length);
          expect(innerLeft?.errors.length ?? 0).toBe(
            failures.filter((future) => plan[futures.indexOf(future)]?.within).length,
          );
          for (const future of cancelled) expect(future.cancelled()).toBe(true);
          const byGroup = futures.filter((future) => future.cancelled() && !cancelled.has(future));
          if (onFailure === "continue" || failures.length === 0) expect(byGroup).toEqual([]);
          expect(await executor.submit(failAt, 4)).toBe(8);
        },
      ),
      { numRuns: process.env["STRESS"] === undefined ? 20 : 500 },
    );
  });
});
