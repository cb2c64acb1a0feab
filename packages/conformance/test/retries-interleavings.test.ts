import { describe, expect, test } from "@jest/globals";
import type { Future } from "concurrent-futures";
import fc from "fast-check";
import { endAs } from "./fixtures/attempts.mjs";
import { processPools } from "./support/subjects.ts";

const plans = fc.array(
  fc.record({
    /** How each attempt ends; those after the last return. */
    ends: fc.array(fc.constantFrom("throw" as const, "exit" as const, "wait" as const), { maxLength: 3 }),
    retries: fc.nat({ max: 2 }),
    cancel: fc.constantFrom(
      "no" as const,
      "at once" as const,
      "in its first attempt" as const,
      "by force" as const,
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Until the future runs or is done; either ends the wait. */
async function begun(future: Future<unknown>): Promise<void> {
  while (!future.running() && !future.done()) await new Promise((resolve) => setImmediate(resolve));
}

/** Fail at each attempt, uncancelled: none of them may have one more than it was given. */
const hopeless = ([0, 1, 2] as const).flatMap((retries) =>
  (["throw", "exit"] as const).map((end) => ({ ends: [end, end, end], retries, cancel: "no" as const })),
);

describe.each(processPools)("retries on $name", ({ create }) => {
  test("whatever is thrown, killed and cancelled meanwhile, each call settles once, within its attempts", async () => {
    const executor = create({ maxWorkers: 2 });
    await fc.assert(
      fc.asyncProperty(plans, async (calls) => {
        const settled = calls.map(() => 0);
        const retried = calls.map(() => 0);
        const outcomes = calls.map(async ({ ends, retries, cancel }, at) => {
          const retryIf = (): boolean => {
            retried[at] = (retried[at] as number) + 1;
            return true;
          };
          const future = executor.withOptions({ retries, retryIf }).submit(endAs, ends);
          future.addDoneCallback(() => {
            settled[at] = (settled[at] as number) + 1;
          });
          if (cancel === "at once") future.cancel();
          else if (cancel !== "no") {
            await begun(future);
            future.cancel({ force: cancel === "by force" });
          }
          // A call that waits is ended by nobody else.
          if (ends.includes("wait")) {
            await begun(future);
            future.cancel({ force: true });
          }
          return Promise.resolve(future).then(
            (attempt) => ({ attempt, error: undefined }),
            (error: unknown) => ({ attempt: 0, error: error as { errors?: unknown[] } }),
          );
        });
        for (const [at, { attempt, error }] of (await Promise.all(outcomes)).entries()) {
          const { retries } = calls[at] as (typeof calls)[number];
          expect(attempt).toBeLessThanOrEqual(retries + 1);
          expect(retried[at]).toBeLessThanOrEqual(retries);
          expect(error?.errors?.length ?? 0).toBeLessThanOrEqual(retries);
        }
        expect(settled).toEqual(calls.map(() => 1));
        expect(executor.stats()).toMatchObject({ running: 0, pending: 0 });
      }),
      { examples: [[hopeless]], numRuns: process.env["STRESS"] === undefined ? 8 : 300 },
    );
    expect(await executor.submit(endAs, [])).toBe(1);
  });
});
