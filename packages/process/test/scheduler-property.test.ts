import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, CancelledError, type Future } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool } from "./support/pools.ts";

const counted = task(new URL("./fixtures/counted.mjs", import.meta.url), "counted") as unknown as (
  counts: Int32Array,
  id: number,
  action: string,
  milliseconds: number,
) => number;

/** What becomes of one task: what its code does, and what is done to it from outside, so many turns after its submit. */
const plan = fc.record({
  action: fc.oneof(
    { weight: 12, arbitrary: fc.constant("return") },
    { weight: 3, arbitrary: fc.constant("wait") },
    { weight: 3, arbitrary: fc.constant("fail") },
    { weight: 1, arbitrary: fc.constant("exit") },
    { weight: 1, arbitrary: fc.constant("hang") },
  ),
  milliseconds: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
  ),
  cancel: fc.oneof(
    { weight: 5, arbitrary: fc.constant("no") },
    fc.constant("gently"),
    fc.constant("by force"),
  ),
  after: fc.integer({ min: 0, max: 6 }),
  priority: fc.integer({ min: -1, max: 1 }),
});

const stress = process.env.STRESS === "1";

describe("the scheduler under random mixes of lengths, failures, cancels and crashes", () => {
  test(
    "settles each future once and rightly, and runs each task at most once unless a worker died",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(plan, { minLength: 1, maxLength: 60 }),
          fc.integer({ min: 1, max: 3 }),
          async (plans, maxWorkers) => {
            const executor = pool({ maxWorkers });
            const counts = new Int32Array(new SharedArrayBuffer(4 * plans.length));
            const settled = new Int32Array(plans.length);
            const forced = new Set<number>();
            const refusedCancel = new Set<number>();
            const futures: Future<number>[] = plans.map(({ action, milliseconds, priority }, id) => {
              const future = executor
                .withOptions({ priority })
                .submit(counted, counts, id, action, milliseconds);
              future.addDoneCallback(() => {
                settled[id] = (settled[id] ?? 0) + 1;
              });
              return future;
            });
            for (let turn = 0; turn <= 6; turn++) {
              for (const [id, { cancel, after }] of plans.entries()) {
                if (after !== turn || cancel === "no") continue;
                const before = futures[id]?.done();
                const ran = counts[id];
                const agreed = futures[id]?.cancel({ force: cancel === "by force" });
                if (agreed && cancel === "by force") forced.add(id);
                if (!agreed && !before) refusedCancel.add(id);
                // A gentle cancel that was agreed to means that the code never runs.
                if (agreed && cancel === "gently" && !forced.has(id))
                  expect(ran === 0 || futures[id]?.cancelled()).toBe(true);
              }
              await new Promise((resolve) => setImmediate(resolve));
            }
            // What nobody stopped and never ends by itself is stopped as soon as it runs, whichever it is.
            const hanging = new Set(plans.flatMap(({ action }, id) => (action === "hang" ? [id] : [])));
            await until(() => {
              for (const id of hanging) {
                const future = futures[id] as Future<number>;
                if (future.running() && future.cancel({ force: true })) forced.add(id);
                if (future.done()) hanging.delete(id);
              }
              return hanging.size === 0;
            }, 60_000);
            const deaths = plans.filter(({ action }) => action === "exit").length + forced.size;
            for (const [id, future] of futures.entries()) {
              const { action } = plans[id] as { action: string };
              const outcome = await future.result(20_000).then(
                (value) => ({ value }),
                (error: unknown) => ({ error }),
              );
              expect(settled[id]).toBe(1);
              if ("error" in outcome && outcome.error instanceof CancelledError) {
                expect(future.cancelled()).toBe(true);
                if (!forced.has(id)) expect(counts[id]).toBeLessThanOrEqual(deaths > 0 ? 1 : 0);
                continue;
              }
              if (action === "return" || action === "wait") expect(outcome).toEqual({ value: id });
              if (action === "fail") expect(outcome).toMatchObject({ error: { message: `task ${id}` } });
              if (action === "exit")
                expect("error" in outcome && outcome.error).toBeInstanceOf(BrokenProcessPool);
              if (refusedCancel.has(id)) expect(counts[id]).toBeGreaterThan(0);
              if (deaths === 0) expect(counts[id]).toBe(1);
              else expect(counts[id]).toBeGreaterThan(0);
            }
            expect(executor.stats()).toMatchObject({ pending: 0, running: 0 });
            await executor.shutdown();
          },
        ),
        { numRuns: stress ? 2_000 : 40, endOnFailure: true },
      );
    },
    stress ? 1_800_000 : 120_000,
  );
});
