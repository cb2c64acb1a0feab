import { task } from "@concurrent-futures/callable";
import { describe, expect, test } from "@jest/globals";
import { rejection } from "../../conformance/test/support/waiting.ts";
import { pool } from "./support/pools.ts";

const fixture = (name: string): ((...args: unknown[]) => unknown) =>
  task(new URL("./fixtures/replaced.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;
const [replace, shim] = ["replace", "shim"].map(fixture) as [Task, Task];
const [number, object, fails, later] = ["number", "object", "fails", "later"].map(fixture) as [
  Task,
  Task,
  Task,
  Task,
];
type Task = ReturnType<typeof fixture>;

/** What hung the next call, or gave it a wrong value, and the like. */
const needed: Readonly<Record<string, string>> = {
  Array: "isArray from",
  "Array.prototype":
    "push pop shift unshift slice splice join map filter some includes indexOf at entries @Symbol.iterator",
  "Map.prototype": "get set has delete entries @Symbol.iterator",
  "Set.prototype": "has add delete @Symbol.iterator",
  "WeakMap.prototype": "get set has delete",
  MapIterator: "next",
  ArrayIterator: "next",
  Promise: "resolve all",
  "Promise.prototype": "then catch",
  "Function.prototype": "call apply bind",
  "String.prototype": "slice split startsWith replace",
  Object: "keys values entries assign create hasOwn getPrototypeOf defineProperty",
  "Object.prototype": "toString hasOwnProperty",
  Atomics: "load store add notify compareExchange",
  JSON: "parse stringify",
  Math: "min max",
  Reflect: "apply construct",
  Buffer: "from concat allocUnsafe",
  process: "getBuiltinModule exit emitWarning getActiveResourcesInfo",
  "Performance.prototype": "now",
  "MessagePort.prototype": "postMessage",
  "EventEmitter.prototype": "emit listenerCount",
  "EventTarget.prototype": "@nodejs.internal.kHybridDispatch dispatchEvent",
  globalThis: "Array Map Set WeakMap Promise Object Error Uint8Array Int32Array Float64Array URL",
};
const names = Object.entries(needed).flatMap(([owner, keys]) => keys.split(" ").map((key) => [owner, key]));

/** No outcome may take this many milliseconds. */
const limit = 10_000;

describe.each(["thread", "spawn"] as const)(
  "a builtin that a task has replaced on %s workers",
  (mpContext) => {
    test.each(["zero", "throws"])("costs no other call anything (%s)", async (how) => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const run = (fn: Task, ...args: unknown[]): Promise<unknown> =>
        executor.submit(fn, ...args).result(limit);
      const given = { rows: [1, new Map([[1, new Set([2])]]), new Date(0)] };
      for (const [owner, key] of names) {
        // No thread has died so far. Processes may, as Node's sockets need some of them: that costs no call.
        if (mpContext === "thread")
          expect([owner, key, executor.stats().byWorker.length <= 1]).toEqual([owner, key, true]);
        const outcomes = [
          await run(replace, owner, key, how),
          await run(number),
          await run(object, given),
          await rejection(run(fails)),
          await run(later),
        ];
        expect([owner, key, ...outcomes]).toEqual([
          owner,
          key,
          1,
          42,
          { given, list: [1, 2, { three: "3" }] },
          new RangeError("thrown"),
          "later",
        ]);
      }
      await executor.shutdown();
    });

    test("stays when it does the builtin's work", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      expect(await executor.submit(shim)).toBe(0);
      expect(await executor.submit(number)).toBe(42);
      expect(await executor.submit(shim)).toBeGreaterThan(0);
    });
  },
);
