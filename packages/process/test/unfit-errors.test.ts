import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

const crasher = (name: string): (() => unknown) =>
  task(new URL("./fixtures/crashers.mjs", import.meta.url), name) as unknown as () => unknown;

/** What an error and its causes say. */
const said = (error: unknown): string =>
  error instanceof Error ? `${error.message}\n${said(error.cause)}` : String(error);

/** Errors with a field whose `[revive]` throws here: an uncaught error of this program, once. */
describe.each(["thread", "spawn"] as const)(
  "an error of a %s worker that cannot be put together here",
  (mpContext) => {
    test("fails the call that threw it, with its text", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      expect(said(await rejection(executor.submit(crasher("throwUnfit"))))).toContain("told by the task");
      expect(said(await rejection(executor.map(crasher("throwUnfit"), [1, 2]).toArray()))).toContain(
        "told by the task",
      );
      expect(await executor.submit(work("square"), 6)).toBe(36);
    });

    test("ends its worker when nobody there catches it, and costs the call that ran", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const error = await rejection(executor.submit(crasher("throwUnfitLater")));
      expect(error).toBeInstanceOf(BrokenProcessPool);
      expect(said(error)).toContain("told by the task");
      expect(await executor.submit(work("square"), 6)).toBe(36);
    });

    test("breaks the pool when its initializer throws it", async () => {
      const executor = pool({ maxWorkers: 1, mpContext, initializer: crasher("throwUnfit") });
      const error = await rejection(executor.submit(work("square"), 6));
      expect(error).toBeInstanceOf(BrokenProcessPool);
      expect(said(error)).toContain("told by the task");
    });
  },
);
