import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, CancelledError, type Future } from "@concurrent-futures/core";
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool } from "./support/pools.ts";

const folder = mkdtempSync(join(tmpdir(), "kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Leaves a mark in a file each time it begins, then does what it is told. */
const marked = task(new URL("./fixtures/marked.mjs", import.meta.url), "marked") as unknown as (
  file: string,
  id: number,
  action: string,
  milliseconds: number,
) => number;

function marksOf(file: string): readonly { readonly id: number; readonly pid: number }[] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Nothing has begun.
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ").map(Number))
    .map(([id = -1, pid = -1]) => ({ id, pid }));
}

const plan = fc.record({
  action: fc.constantFrom("return", "return", "return", "fail", "wait"),
  milliseconds: fc.integer({ min: 0, max: 8 }),
});
const plans = fc.array(plan, { minLength: 1, maxLength: 25 });
const stress = process.env.STRESS === "1";
let runs = 0;

async function outcomeOf(future: Future<number>): Promise<{ value: number } | { error: unknown }> {
  return future.result(15_000).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

describe("workers that are killed from outside, at any moment", () => {
  test(
    "cost the call that they ran, each of which began at most once; the others are right",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          plans,
          fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3 }),
          async (all, kills) => {
            const file = join(folder, `run-${runs++}`);
            const executor = pool({ maxWorkers: 2, mpContext: "spawn" });
            const settled = all.map(() => 0);
            const futures = all.map(({ action, milliseconds }, id) => {
              const future = executor.submit(marked, file, id, action, milliseconds);
              future.addDoneCallback(() => {
                settled[id] = (settled[id] ?? 0) + 1;
              });
              return future;
            });
            let killed = 0;
            for (const after of kills) {
              await until(
                () =>
                  marksOf(file).length >= Math.min(after, all.length) || futures.every((one) => one.done()),
              );
              const last = marksOf(file).at(-1);
              if (last === undefined) continue;
              try {
                process.kill(last.pid, "SIGKILL");
                killed++;
              } catch {
                // It has gone already.
              }
            }
            let broken = 0;
            for (const [id, future] of futures.entries()) {
              const outcome = await outcomeOf(future);
              const began = marksOf(file).filter((mark) => mark.id === id).length;
              expect(settled[id]).toBe(1);
              if ("error" in outcome && outcome.error instanceof BrokenProcessPool) {
                broken++;
                expect(outcome.error.worker).toMatchObject({ signal: "SIGKILL", task: "marked" });
                expect(began).toBe(1);
                continue;
              }
              if (all[id]?.action === "fail")
                expect(outcome).toMatchObject({ error: { message: `task ${id}` } });
              else expect(outcome).toEqual({ value: id });
              expect(began).toBe(1);
            }
            expect(broken).toBeLessThanOrEqual(killed);
            await executor.shutdown();
          },
        ),
        { numRuns: stress ? 300 : 6, endOnFailure: true },
      );
    },
    stress ? 1_800_000 : 60_000,
  );
});

describe.each(["thread", "spawn"] as const)(
  "a pool of %s workers that is ended by force, at any moment",
  (mpContext) => {
    test(
      "settles each future once, runs nothing anew, and is gone",
      async () => {
        await fc.assert(
          fc.asyncProperty(
            plans,
            fc.constantFrom("terminateWorkers", "killWorkers"),
            fc.integer({ min: 0, max: 30 }),
            async (all, how, after) => {
              const file = join(folder, `run-${runs++}`);
              const executor = pool({ maxWorkers: 2, mpContext });
              const settled = all.map(() => 0);
              const futures = all.map(({ action, milliseconds }, id) => {
                const future = executor.submit(marked, file, id, action, milliseconds);
                future.addDoneCallback(() => {
                  settled[id] = (settled[id] ?? 0) + 1;
                });
                return future;
              });
              await until(() => marksOf(file).length >= Math.min(after, all.length));
              executor[how as "terminateWorkers" | "killWorkers"]();
              await executor.shutdown();
              expect(executor.stats()).toMatchObject({ workers: 0, pending: 0, running: 0 });
              const marks = marksOf(file);
              for (const [id, future] of futures.entries()) {
                expect(future.done()).toBe(true);
                expect(settled[id]).toBe(1);
                const outcome = await outcomeOf(future);
                const began = marks.filter((mark) => mark.id === id).length;
                expect(began).toBeLessThanOrEqual(1);
                if ("value" in outcome) expect([outcome.value, began]).toEqual([id, 1]);
                else if (outcome.error instanceof CancelledError) expect(began).toBe(0);
                else if (!(outcome.error instanceof BrokenProcessPool))
                  expect(outcome.error).toMatchObject({ message: `task ${id}` });
              }
            },
          ),
          { numRuns: stress ? 300 : 8, endOnFailure: true },
        );
      },
      stress ? 1_800_000 : 60_000,
    );
  },
);
