import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { task } from "@concurrent-futures/callable";
import { afterAll, describe, expect, test } from "@jest/globals";
import { pool } from "./support/pools.ts";

const parent = mkdtempSync(join(tmpdir(), "prompt-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const fixture = (name: string): ((folder: string, index: number) => unknown) =>
  task(new URL("./fixtures/chained.mjs", import.meta.url), name) as unknown as (
    folder: string,
    index: number,
  ) => unknown;

const results: Readonly<Record<string, (index: number) => unknown>> = {
  number: (index: number) => index,
  text: (index: number) => `text ${index}`,
  object: (index: number) => ({ index }),
};

/** Each call ends only when the result of the one before it has arrived here: what is held back for company stops them all. */
describe.each(["thread", "spawn"] as const)("results of %s workers", (mpContext) => {
  test.each(Object.entries(results))(
    "leave when they are there, in one batch with tiny calls: %s",
    async (name, expected) => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const fn = fixture(name);
      const folder = mkdtempSync(join(parent, "calls-"));
      // The worker has seen nothing but tiny calls, and hardly looks at the clock any more.
      for await (const _ of executor.map(fn, Array(2_000).fill(""), Array(2_000).fill(0), {
        chunksize: 1_000,
      }));
      const indices = [...Array(40).keys()];
      const folders = indices.map(() => folder);
      const arrived: unknown[] = [];
      for await (const value of executor.map(fn, folders, indices, { chunksize: indices.length })) {
        writeFileSync(join(folder, String(arrived.length)), "");
        arrived.push(value);
      }
      expect(arrived).toEqual(indices.map(expected));
    },
  );

  test("leave when they are there, of calls that were submitted together", async () => {
    const executor = pool({ maxWorkers: 1, mpContext });
    const folder = mkdtempSync(join(parent, "calls-"));
    const indices = [...Array(40).keys()];
    const futures = indices.map((index) => executor.submit(fixture("number"), folder, index));
    for (const [index, future] of futures.entries())
      future.addDoneCallback(() => writeFileSync(join(folder, String(index)), ""));
    expect(await Promise.all(futures)).toEqual(indices);
  });
});
