import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Growth, grow } from "./fixtures/divide.mjs";
import { processPools } from "./support/subjects.ts";

type Shape = Omit<Growth, "id" | "children"> & { readonly children: readonly Shape[] };

const shapes = fc.memo((depth) =>
  fc.record({
    fails: fc.boolean().map((fails) => fails && depth <= 2),
    sent: fc.boolean(),
    cancelAfter: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    children: depth <= 1 ? fc.constant<Shape[]>([]) : fc.array(shapes(depth - 1), { maxLength: 3 }),
  }),
) as (depth: number) => fc.Arbitrary<Shape>;

/** The tree with a number for each node, the root's 0. */
function numbered(shape: Shape): { readonly root: Growth; readonly count: number } {
  let count = 0;
  const number = (one: Shape): Growth => {
    const id = count++;
    return { ...one, id, children: one.children.map(number) };
  };
  return { root: number({ ...shape, fails: false }), count };
}

describe.each(processPools)("nested calls on $name", ({ create }) => {
  test.each([1, 2])(
    "whatever is cancelled and fails, on %i workers: what was cancelled has not begun, all else has ended",
    async (maxWorkers) => {
      const folder = mkdtempSync(join(tmpdir(), "nested-"));
      const pool = create({ maxWorkers });
      let run = 0;
      let hasRun = 0;
      let hasNotRun = 0;
      await fc.assert(
        fc.asyncProperty(shapes(4), async (shape) => {
          const marks = join(folder, String(run++));
          mkdirSync(marks);
          const { cancelled, ended } = await pool.submit(grow, numbered(shape).root, pool, marks);
          const begun = readdirSync(marks)
            .map(Number)
            .sort((a, b) => a - b);
          expect(begun).toEqual([...ended].sort((a, b) => a - b));
          expect(begun.filter((id) => cancelled.includes(id))).toEqual([]);
          const { done, failed, cancelled: never, ...now } = pool.stats();
          expect(now).toMatchObject({ pending: 0, running: 0 });
          hasRun += begun.length;
          hasNotRun += cancelled.length;
          expect([done + failed, never]).toEqual([hasRun, hasNotRun]);
        }),
        { numRuns: process.env["STRESS"] === undefined ? 12 : 400 },
      );
      rmSync(folder, { recursive: true });
    },
  );
});
