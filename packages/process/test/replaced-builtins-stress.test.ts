import { inspect } from "node:util";
import { task } from "@concurrent-futures/callable";
import { TimeoutError } from "@concurrent-futures/core";
import type { ProcessPoolExecutor } from "@concurrent-futures/process";
import { describe, expect, test } from "@jest/globals";
import { pool } from "./support/pools.ts";

/** All that can be replaced, each in a worker of its own: nothing hangs, and no value is wrong. With STRESS=1; else a few. */
const each = process.env.STRESS === "1" ? 1 : 97;
const limit = 10_000;

type Task = (...args: unknown[]) => unknown;
const fixture = (name: string): Task =>
  task(new URL("./fixtures/replaced.mjs", import.meta.url), name) as unknown as Task;

const show = (value: unknown): string => inspect(value, { depth: null });
const given = { rows: [1, new Map([[1, new Set([2])]]), new Date(0)] };
const calls: readonly (readonly [
  name: string,
  args: readonly unknown[],
  isRight: (value: unknown) => boolean,
])[] = [
  ["number", [], (value) => value === 42],
  ["object", [given], (value) => show(value) === show({ given, list: [1, 2, { three: "3" }] })],
  ["fails", [], () => false],
  ["later", [], (value) => value === "later"],
];

/** What is wrong after this replacement: empty when each call had its value or an error, and the pool has ended. */
async function faults(executor: ProcessPoolExecutor, replacement: readonly unknown[]): Promise<string[]> {
  const found: string[] = [];
  const outcome = async (name: string, args: readonly unknown[], isRight: (value: unknown) => boolean) => {
    try {
      const value = await executor.submit(fixture(name), ...args).result(limit);
      if (!isRight(value)) found.push(`${name} gave ${inspect(value)}`);
    } catch (error) {
      if (error instanceof TimeoutError) found.push(`${name} hung`);
      else if (!(error instanceof Error) || error.message === "") found.push(`${name}: ${inspect(error)}`);
    }
  };
  await outcome("replace", replacement, (value) => value === 1);
  for (const call of calls) await outcome(...call);
  const ended = executor.shutdown().then(() => true);
  // biome-ignore lint/style/noRestrictedGlobals: a limit for a call that hangs.
  const timer = new Promise<boolean>((resolve) => setTimeout(resolve, limit, false).unref());
  if (!(await Promise.race([ended, timer]))) found.push("shutdown hung");
  return found;
}

describe.each(["thread", "spawn"] as const)("on %s workers", (mpContext) => {
  test.each(["zero", "throws"])(
    "whatever a task replaces, the next calls have a right value or an error (%s)",
    async (how) => {
      const all = (await pool({ maxWorkers: 1, mpContext })
        .submit(fixture("replaceable"))
        .result(limit)) as readonly (readonly string[])[];
      expect(all.length).toBeGreaterThan(700);
      const wrong: Record<string, string[]> = {};
      for (const [at, [owner, key]] of all.entries()) {
        if (at % each !== 0) continue;
        const found = await faults(pool({ maxWorkers: 1, mpContext }), [owner, key, how]);
        if (found.length > 0) wrong[`${owner} ${key}`] = found;
      }
      expect(wrong).toEqual({});
    },
    600_000,
  );
});
