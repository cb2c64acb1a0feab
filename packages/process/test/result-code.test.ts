import { serialize } from "node:v8";
import { task } from "@concurrent-futures/callable";
import { ArgumentTypeError, BrokenProcessPool, SerializationError } from "@concurrent-futures/core";
import { afterEach, describe, expect, test } from "@jest/globals";
import { pool } from "./support/pools.ts";

const hostile = (name: string): ((...args: unknown[]) => unknown) =>
  task(new URL("./fixtures/hostile-worker.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;

const canary = globalThis as { ran?: unknown };
afterEach(() => {
  delete canary.ran;
});

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  twice(): number {
    return this.x * 2;
  }
}

describe.each(["thread", "spawn"] as const)("what a worker's result brings along, %s", (mpContext) => {
  const make = (options: object = {}) => pool({ maxWorkers: 1, mpContext, ...options });

  test("a function by value is refused, with the option that allows it", async () => {
    const error = await make()
      .submit(() => ({ run: () => 1 }))
      .exception();
    expect(error).toBeInstanceOf(SerializationError);
    expect((error as Error).message).toContain("resultFunctions: true");
  });

  test("a class by value that this side has not sent is refused", async () => {
    const error = await make()
      .submit(() => {
        class Local {
          x = 1;
        }
        return new Local();
      })
      .exception();
    expect(error).toBeInstanceOf(SerializationError);
  });

  test("a class that this side has sent comes back as itself, also with functions among its variables", async () => {
    const point = await make().submit((x: number) => new Point(x), 4);
    expect(point).toBeInstanceOf(Point);
    expect(point.twice()).toBe(8);
    const helper = (x: number): number => x + 1;
    class Counter {
      n = 1;
      next(): number {
        return helper(this.n);
      }
    }
    const counter = await make().submit(() => new Counter());
    expect(counter).toBeInstanceOf(Counter);
    expect(counter.next()).toBe(2);
  });

  test("a thrown error keeps what can be told; the class that only the worker has gives way to its parent", async () => {
    const error = await make()
      .submit(() => {
        class Odd extends RangeError {}
        throw Object.assign(new Odd("odd"), { code: "E_ODD" });
      })
      .exception();
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "odd", code: "E_ODD" });
  });

  test("`resultFunctions: true` takes functions by value", async () => {
    const made = await make({ resultFunctions: true }).submit((n: number) => (m: number) => n + m, 2);
    expect(made(3)).toBe(5);
  });

  test("a wrong `resultFunctions` is refused at the call", () => {
    expect(() => make({ resultFunctions: "yes" })).toThrow(ArgumentTypeError);
  });
});

const packedKey = "\u0000concurrent-futures.packed";
const packed = (steps: unknown, root: unknown = [1]): unknown => ({ [packedKey]: 1, root, steps });
const shape = {
  text: "(globalThis.ran = true)",
  kind: "function",
  name: "evil",
  definitionTime: [],
  callTime: [],
  file: "file:///x",
  line: 0,
  column: 0,
  strict: true,
};

function revivesAText(): unknown {
  const symbols = [0, 1];
  return packed([
    { op: "symbol", to: 0, known: true, key: "constructor" },
    { op: "symbol", to: 1, known: false, key: "concurrent-futures.revive" },
    { op: "instance", to: 2, of: -1, base: "object" },
    { op: "put", into: symbols, key: 0, from: 1 },
    { op: "put", into: symbols, key: 1, from: 0 },
    { op: "fields", of: 2, fields: {}, symbols },
    { op: "revive", to: 3, of: 2, state: ["globalThis.ran = true"] },
  ]);
}

/** A message whose early steps rewrite a later one, which has been looked at by then. */
function rewritesItself(): unknown {
  const late: Record<string, unknown> = { op: "url", to: 1, text: "a:b", query: false };
  const steps = [
    { op: "builtin", to: 0, path: ["Function"] },
    { op: "put", into: late, key: "op", from: 0 },
    late,
  ];
  return packed(steps);
}

/** As many as there can be, in some twenty bytes. */
const holes = (): unknown[] => new Array<unknown>(2 ** 32 - 1);

function fillsASet(entries: unknown[], ...before: readonly unknown[]): unknown {
  return packed([
    { op: "url", to: 0, text: "a:b" },
    { op: "builtin", to: 1, path: ["Set"] },
    { op: "instance", to: 2, of: 1, base: "set" },
    ...before,
    { op: "entries", of: 2, entries },
  ]);
}

describe("a result that a hostile worker has packed", () => {
  test.each<[string, () => unknown]>([
    [
      "evaluates a text",
      () =>
        packed([
          { op: "define", to: 0, shape, definitionTime: [] },
          { op: "put", into: [], key: 0, from: 0 },
        ]),
    ],
    ["makes a function of a text, and calls it", revivesAText],
    ["writes to a prototype", () => packed([{ op: "fields", of: "__proto__", fields: { polluted: true } }])],
    [
      "writes to a builtin",
      () =>
        packed([
          { op: "builtin", to: 0, path: ["Object", "prototype"] },
          { op: "fields", of: 0, fields: { polluted: true } },
        ]),
    ],
    [
      "calls a builtin by a date's valueOf",
      () => {
        const from = {};
        return packed([
          { op: "builtin", to: 0, path: ["Function"] },
          { op: "put", into: from, key: "valueOf", from: 0 },
          { op: "builtin", to: 1, path: ["Date"] },
          { op: "instance", to: 2, of: 1, base: "date", from },
        ]);
      },
    ],
    [
      "has a builtin as its then",
      () => {
        const root: unknown[] = [{}];
        return packed(
          [
            { op: "builtin", to: 0, path: ["Function"] },
            { op: "put", into: root[0], key: "then", from: 0 },
          ],
          root,
        );
      },
    ],
    [
      "imports code from an address",
      () =>
        packed([
          {
            op: "reference",
            to: 0,
            address: { url: "data:text/javascript,globalThis.ran=true", path: ["x"] },
          },
          { op: "put", into: [], key: 0, from: 0 },
        ]),
    ],
    [
      "constructs a class by a view's constructor",
      () =>
        packed([
          { op: "builtin", to: 0, path: ["Uint8Array"] },
          {
            op: "instance",
            to: 1,
            of: 0,
            base: "typed",
            from: { constructor: 1, buffer: [], byteOffset: 0, length: 1 },
          },
        ]),
    ],
    ["rewrites itself while it is read", rewritesItself],
    ["has no steps", () => packed(undefined)],
    ["has steps that are none", () => packed([null, 5])],
    [
      "makes a value twice",
      () =>
        packed([
          { op: "url", to: 0, text: "a:b" },
          { op: "url", to: 0, text: "a:b" },
        ]),
    ],
    ["fills a set with a list of nothing but holes", () => fillsASet(holes())],
    [
      "makes a list one of holes, and fills a set with it",
      () => {
        const entries = [1];
        return fillsASet(entries, { op: "put", into: entries, key: 2 ** 32 - 2, from: 0 });
      },
    ],
    [
      "has a list of holes for the names of hidden fields",
      () =>
        packed([
          { op: "instance", to: 0, of: -1, base: "object" },
          { op: "fields", of: 0, fields: { a: 1 }, hidden: holes() },
        ]),
    ],
    [
      "has a list of holes for fields under symbols",
      () =>
        packed([
          { op: "instance", to: 0, of: -1, base: "object" },
          { op: "fields", of: 0, fields: {}, symbols: holes() },
        ]),
    ],
    [
      "has a list of holes for the path to a builtin",
      () => packed([{ op: "builtin", to: 0, path: holes() }]),
    ],
    [
      "claims a buffer without bytes",
      () => packed([{ op: "buffer", to: 0, bytes: { buffer: { length: 2 ** 32 } } }]),
    ],
  ])("and that %s runs no code, changes nothing, and costs its own call", async (_what, make) => {
    const executor = pool({ maxWorkers: 1, mpContext: "spawn" });
    const message = [0, 0, [make()], 1, true, 0];
    const error = await executor.submit(hostile("sendBody"), new Uint8Array(serialize(message))).exception();
    expect(error instanceof SerializationError || error instanceof BrokenProcessPool).toBe(true);
    expect(canary.ran).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await executor.submit(hostile("double"), 4)).toBe(8);
  });
});
