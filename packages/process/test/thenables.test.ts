import { task } from "@concurrent-futures/callable";
import { describe, expect, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

const thenable = task(new URL("./fixtures/thenables.mjs", import.meta.url), "thenable") as unknown as (
  kind: string,
) => unknown;

describe.each(["thread", "spawn"] as const)(
  "a `then` that is not a promise's, on %s workers",
  (mpContext) => {
    test.each([
      ["a getter that throws", /no then/],
      ["a method that throws", /then threw/],
      ["a method that throws after it resolved", undefined],
      ["a method that calls twice", undefined],
    ])("%s costs its own call only", async (kind, message) => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const future = executor.submit(thenable, kind);
      if (message === undefined) expect(await future).toBe(1);
      else expect(await rejection(future)).toMatchObject({ message: expect.stringMatching(message) });
      expect(await executor.submit(work("square"), 3)).toBe(9);
      expect(executor.stats().workers).toBe(1);
    });

    test("of a thrown error is never called", async () => {
      const executor = pool({ maxWorkers: 1, mpContext, resultFunctions: true });
      // In a box: a promise that resolved to the error would call its `then` itself.
      const outcome = await executor.submit(thenable, "thrown").then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      expect(outcome).toMatchObject({ error: { message: "thrown" } });
      expect(await executor.submit(work("square"), 3)).toBe(9);
    });
  },
);
