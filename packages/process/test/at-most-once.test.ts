import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, CancelledError, type Future, TimeoutError } from "@concurrent-futures/core";
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool } from "./support/pools.ts";

const folder = mkdtempSync(join(tmpdir(), "at-most-once-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const stress = process.env.STRESS === "1";
let files = 0;

/** Writes its number into a file when it begins, then does what it is told. */
const begin = task(new URL("./fixtures/counted-begin.mjs", import.meta.url), "begin") as unknown as (
  file: string,
  id: number,
  fate: string,
) => unknown;

/** How often each call began. */
function beginnings(file: string, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // None has begun.
  }
  for (const line of text.split("\n"))
    if (line !== "") counts[Number(line)] = (counts[Number(line)] ?? 0) + 1;
  return counts;
}

const others: Readonly<Record<string, (id: number) => unknown>> = {
  text: (id) => `text ${id}`,
  object: (id) => ({ id }),
  row: (id) => ({ id, text: "x".repeat(200), list: [id, -1, 0.5] }),
  page: (id) => ({ id, text: "x".repeat(20_000) }),
  nothing: () => undefined,
};
const returned = (id: number, fate: string): unknown => {
  const other = others[fate];
  return other === undefined ? id : other(id);
};

type Outcome = { readonly value: unknown } | { readonly error: unknown };

function outcomeOf(future: Future<unknown>): Promise<Outcome> {
  return future.result(20_000).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

const good = ["number", "text", "object", "row", "page", "nothing", "wait"] as const;
const deaths = {
  thread: ["exit", "memory", "late throw", "exit while packed"],
  spawn: ["exit", "kill", "late throw", "exit while packed", "kill while packed"],
} as const;

describe.each(["thread", "spawn"] as const)(
  "calls in batches, some of which end their %s worker",
  (mpContext) => {
    const fate = fc.oneof(
      { weight: 40, arbitrary: fc.constantFrom(...good) },
      { weight: 4, arbitrary: fc.constant("fail" as const) },
      { weight: 1, arbitrary: fc.constantFrom(...deaths[mpContext]) },
    );

    test(
      "begin once at most, and only the one that ended the worker is lost",
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fate, { minLength: 40, maxLength: 120 }),
            fc.boolean(),
            async (fates, asMap) => {
              const file = join(folder, `run-${files++}`);
              const warm = join(folder, `run-${files++}`);
              const executor = pool({
                maxWorkers: 1,
                mpContext,
                ...(mpContext === "thread" && { resourceLimits: { maxOldGenerationSizeMb: 40 } }),
              });
              // Measured calls travel in large batches.
              await executor
                .map(begin, new Array(300).fill(warm), new Array(300).keys(), new Array(300).fill("number"))
                .toArray();
              const outcomes: Outcome[] = asMap
                ? await Promise.all([
                    // A map gives its first failure only: the counts are what matters there.
                    executor
                      .map(
                        begin,
                        fates.map(() => file),
                        fates.keys(),
                        fates,
                      )
                      .toArray()
                      .catch(() => {}),
                  ]).then(async () => {
                    await executor.shutdown();
                    return [];
                  })
                : await Promise.all(fates.map((one, id) => outcomeOf(executor.submit(begin, file, id, one))));
              const counts = beginnings(file, fates.length);
              expect(counts.filter((count) => count > 1)).toEqual([]);
              outcomes.forEach((outcome, id) => {
                const how = fates[id] as string;
                expect(counts[id]).toBe(1);
                if ((good as readonly string[]).includes(how))
                  expect(outcome).toEqual({ value: returned(id, how) });
                else if (how === "fail") expect(outcome).toMatchObject({ error: { message: `call ${id}` } });
                else {
                  expect((outcome as { error: Error }).error).toBeInstanceOf(BrokenProcessPool);
                  const { message } = (outcome as { error: Error }).error;
                  expect(message).toMatch(
                    how.endsWith("packed") ? /ran, its result was lost/ : /died while it ran/,
                  );
                }
              });
              await executor.shutdown();
            },
          ),
          { numRuns: stress ? 200 : 5, endOnFailure: true },
        );
      },
      stress ? 1_800_000 : 90_000,
    );

    test.each(["cancel by force", "timeout"])("begin once when one of them is ended by %s", async (how) => {
      const file = join(folder, `run-${files++}`);
      const executor = pool({ maxWorkers: 1, mpContext });
      const warm = join(folder, `run-${files++}`);
      await Promise.all(Array.from({ length: 300 }, (_, id) => executor.submit(begin, warm, id, "number")));
      const futures = Array.from({ length: 300 }, (_, id) =>
        how === "timeout" && id === 100
          ? executor.withOptions({ timeout: 300 }).submit(begin, file, id, "loop")
          : executor.submit(begin, file, id, id === 100 ? "loop" : "number"),
      );
      await until(() => (futures[100] as Future<unknown>).running());
      if (how !== "timeout") expect(futures[100]?.cancel({ force: true })).toBe(true);
      const outcomes = await Promise.all(futures.map(outcomeOf));
      expect(beginnings(file, 300)).toEqual(new Array(300).fill(1));
      expect((outcomes[100] as { error: unknown }).error).toBeInstanceOf(
        how === "timeout" ? TimeoutError : CancelledError,
      );
      expect(outcomes.filter((one) => "value" in one)).toHaveLength(299);
    });

    test("are done although the one after them never ends", async () => {
      const file = join(folder, `run-${files++}`);
      const executor = pool({ maxWorkers: 1, mpContext });
      const kinds = ["number", "text", "object", "row", "page", "nothing"];
      const warm = join(folder, `run-${files++}`);
      await executor
        .map(begin, new Array(300).fill(warm), new Array(300).keys(), new Array(300).fill("number"))
        .toArray();
      const values = executor.map(
        begin,
        new Array(300).fill(file),
        new Array(300).keys(),
        Array.from({ length: 300 }, (_, id) => (id === 100 ? "loop" : (kinds[id % 6] as string))),
      );
      for (let id = 0; id < 100; id++)
        expect(await values.next()).toEqual({ done: false, value: returned(id, kinds[id % 6] as string) });
      expect(beginnings(file, 101)).toEqual(new Array(101).fill(1));
    });

    test("are done for a thread that blocks, although the one after them never ends", async () => {
      const file = join(folder, `run-${files++}`);
      const warm = join(folder, `run-${files++}`);
      const executor = pool({ maxWorkers: 1, mpContext });
      await Promise.all(Array.from({ length: 300 }, (_, id) => executor.submit(begin, warm, id, "number")));
      const futures = Array.from({ length: 50 }, (_, id) =>
        executor.submit(begin, file, id, id === 30 ? "loop" : "number"),
      );
      for (let id = 0; id < 30; id++) expect(futures[id]?.resultSync(10_000)).toBe(id);
    });
  },
);
