import { task } from "@concurrent-futures/callable";
import type { Future } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import * as fixture from "./fixtures/crashers.mjs";
import { pool, work } from "./support/pools.ts";

const { BadReduce, BadRevive } = fixture as unknown as Record<
  "BadReduce" | "BadRevive",
  new (
    how: string,
  ) => object
>;
const crasher = (name: string) =>
  task(new URL("./fixtures/crashers.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;

/**
 * Loky's crash cases: each step of a call's way, going wrong in each way that it can, and then once more from inside a
 * done-callback. A step that runs in this process can only throw: exiting there would be the test's own end.
 */
type Case = {
  readonly step: string;
  readonly how: "throw" | "exit" | "crash";
  readonly name: string;
  readonly submit: (executor: ReturnType<typeof pool>) => Future<unknown>;
};

const cases: Case[] = [];
const died = "BrokenProcessPool";
cases.push({
  step: "packing an argument",
  how: "throw",
  name: "refused",
  submit: (executor) => executor.submit(crasher("take"), new BadReduce("throw")),
});
for (const how of ["throw", "exit", "crash"] as const) {
  const name = how === "throw" ? "RangeError" : died;
  cases.push({
    step: "unpacking an argument",
    how,
    name,
    submit: (executor) => executor.submit(crasher("take"), new BadRevive(how)),
  });
  cases.push({ step: "running", how, name, submit: (executor) => executor.submit(crasher("goWrong"), how) });
  cases.push({
    step: "packing the result",
    how,
    name,
    submit: (executor) => executor.submit(crasher("makeBadReduce"), how),
  });
}
cases.push({
  step: "unpacking the result",
  how: "throw",
  name: "SerializationError",
  submit: (executor) => executor.submit(crasher("makeBadRevive"), "throw"),
});

for (const mpContext of ["thread", "spawn"] as const) {
  describe(`crash cases, ${mpContext}`, () => {
    for (const { step, how, name, submit } of cases) {
      // A thread that aborts takes the process along, as the docs say.
      if (how === "crash" && mpContext === "thread") continue;

      const check = async (executor: ReturnType<typeof pool>): Promise<void> => {
        if (name === "refused") {
          expect(() => submit(executor)).toThrow(/on purpose/);
          return;
        }
        const error = (await rejection(submit(executor))) as Error;
        expect([error.name, (error.cause as Error | undefined)?.name]).toContain(name);
      };

      test(`${step}: ${how}`, async () => {
        const executor = pool({ maxWorkers: 2, mpContext });
        await check(executor);
        expect(await executor.submit(work("square"), 6)).toBe(36);
      });

      test(`${step}: ${how}, submitted from a done-callback`, async () => {
        const executor = pool({ maxWorkers: 2, mpContext });
        const checked = new Promise<void>((resolve, reject) => {
          executor
            .submit(work("square"), 2)
            .addDoneCallback(() => void check(executor).then(resolve, reject));
        });
        await checked;
        expect(await executor.submit(work("square"), 6)).toBe(36);
      });
    }
  });
}
