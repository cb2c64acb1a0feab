import { Buffer } from "node:buffer";
import * as nodePath from "node:path";
import { join } from "node:path";
import { type AnyFunction, task, tasksFrom } from "@concurrent-futures/callable";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import byDefault, * as shapes from "./fixtures/shapes.mjs";
import { type Remote, starters } from "./support/remote.ts";

/** Shapes of functions; each is sent to a thread and to a process, called there, and must answer as it does here. */

const offset = 10;
const settings = { deep: { list: [1, 2, 3] }, self: undefined as unknown };
settings.self = settings;
const table = new Map<string, number>([["a", 1]]);
let changing = 1;

function isEven(n: number): boolean {
  return n === 0 || isOdd(n - 1);
}
function isOdd(n: number): boolean {
  return n !== 0 && isEven(n - 1);
}
function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
function* numbers(upTo: number): Generator<number> {
  for (let n = 0; n < upTo; n++) yield n;
}
async function* laterNumbers(upTo: number): AsyncGenerator<number> {
  for (let n = 0; n < upTo; n++) yield n;
}
class Animal {
  name: string;
  static count = 3;
  static #secret = 7;
  constructor(name: string) {
    this.name = name;
  }
  speak(): string {
    return `${this.name} ${offset}`;
  }
  static secret(): number {
    return Animal.#secret;
  }
}
class Dog extends Animal {
  #tail = "wag";
  override speak(): string {
    return `${super.speak()} ${this.#tail}`;
  }
}
const holder = {
  plain(n: number): number {
    return n + offset;
  },
  async later(n: number): Promise<number> {
    return n;
  },
  "quoted key"(n: number): number {
    return n;
  },
  [`computed${1 + 1}`](n: number): number {
    return n * 2;
  },
  get(n: number): number {
    return n - 1;
  },
};
/** What esbuild wraps around functions. */
const defineProperty = Object.defineProperty;
const __name = (target: object, value: string): unknown =>
  defineProperty(target, "name", { value, configurable: true });
/** What TypeScript and Babel make of async functions for old targets. */
const __awaiter = (
  _self: unknown,
  _args: unknown,
  _P: unknown,
  body: () => Generator<unknown>,
): Promise<unknown> => new Promise((resolve) => resolve(body().next().value));
// biome-ignore-start lint: this is what compilers emit
function replaced(this: unknown, ..._args: number[]): unknown {
  (replaced as unknown) = (n: number) => n + 1;
  return (replaced as unknown as AnyFunction).apply(this as never, arguments as never);
}
// biome-ignore-end lint: this is what compilers emit
const counted = Object.assign((n: number) => n + counted.extra, { extra: 5 });
const aliased = { max: Math.max, keys: Object.keys };
function curried(a: number) {
  return (b: number) => {
    const c = a + b;
    return (d: number) => c + d;
  };
}
function destructured({ a, b: [c] }: { a: number; b: number[] }, ...rest: number[]): number {
  return a + (c ?? 0) + rest.length;
}
function shadowing(offset: number): number {
  const table = offset;
  return table;
}
function lateCapture(): () => number {
  const read = (): number => later;
  const later = 4;
  return read;
}
function blocks(): (() => number)[] {
  const list: (() => number)[] = [];
  for (let i = 0; i < 3; i++) list.push(() => i * 10);
  return list;
}
function caught(): () => string {
  try {
    throw new Error("inner");
  } catch (error) {
    return () => (error as Error).message;
  }
}
(globalThis as { ownGlobal?: unknown }).ownGlobal = { answer: 42 };
declare const ownGlobal: { answer: number };

type Case = readonly [name: string, fn: AnyFunction, args: unknown[], expected: unknown];
const cases: readonly Case[] = [
  // by reference
  ["an exported function", shapes.square, [3], 9],
  ["an exported arrow function", shapes.arrow, [3], 4],
  ["an exported async function", shapes.later, [3], 3],
  ["a function of the language", Math.max, [3, 4], 4],
  ["a global function", Number.parseInt, ["12px"], 12],
  ["an anonymous default export", byDefault, [], "default"],
  ["an export under another name", shapes.renamed, [1], "hidden/1"],
  ["a method of an exported object, with its this", shapes.geometry.area, [3], 18],
  ["a static method, with its this", shapes.Point.origin, [], new shapes.Point(0, 0)],
  ["a prototype method that needs no this", shapes.Point.prototype.plain, [4], 8],
  ["a task by URL and name", task(new URL("./fixtures/shapes.mjs", import.meta.url), "square"), [4], 16],
  ["a task by URL alone", task(new URL("./fixtures/shapes.mjs", import.meta.url)), [], "default"],
  ["a CommonJS export as a task", task(new URL("./fixtures/shapes.cjs", import.meta.url), "double"), [4], 8],
  [
    "a member of tasksFrom",
    tasksFrom<typeof import("./fixtures/shapes.mjs")>(new URL("./fixtures/shapes.mjs", import.meta.url))
      .arrow,
    [1],
    2,
  ],
  // by value
  ["an arrow function without captures", (n: number) => n * 2, [4], 8],
  [
    "an arrow function with a body",
    (n: number) => {
      return n;
    },
    [4],
    4,
  ],
  ["a function expression", (n: number) => n, [4], 4],
  ["an async arrow function", async (n: number) => n, [4], 4],
  ["a captured number", (n: number) => n + offset, [1], 11],
  ["a captured object with a cycle", () => (settings.self as typeof settings).deep.list.length, [], 3],
  ["a captured Map", (key: string) => table.get(key), ["a"], 1],
  ["a captured named import", () => join("a", "b"), [], "a/b"],
  ["a captured namespace", () => nodePath.basename("/a/b.c"), [], "b.c"],
  ["a captured function of another module", (n: number) => shapes.square(n) + 1, [3], 10],
  ["recursion", factorial, [5], 120],
  ["mutual recursion", isEven, [10], true],
  [
    "a function expression that names itself",
    function down(n: number): number {
      return n === 0 ? 0 : down(n - 1);
    },
    [3],
    0,
  ],
  ["a captured class", (name: string) => new Animal(name).speak(), ["cat"], "cat 10"],
  ["a class with a parent and private fields", () => new Dog("rex").speak(), [], "rex 10 wag"],
  ["static fields and private static fields", () => [Animal.count, Animal.secret()], [], [3, 7]],
  ["a captured generator function", () => [...numbers(3)], [], [0, 1, 2]],
  [
    "a captured async generator function",
    async () => {
      let sum = 0;
      for await (const n of laterNumbers(4)) sum += n;
      return sum;
    },
    [],
    6,
  ],
  ["a method", holder.plain, [1], 11],
  ["an async method", holder.later, [1], 1],
  ["a method with a quoted name", holder["quoted key"], [1], 1],
  ["a method with a computed name", holder["computed2" as "plain"], [2], 4],
  ["a method that is called get", holder.get, [2], 1],
  ["a captured object with methods that use this", () => shapes.geometry.area(2), [], 8],
  [
    "esbuild's __name",
    (n: number) => {
      const inner = (m: number) => m + 1;
      __name(inner, "inner");
      return inner(n);
    },
    [1],
    2,
  ],
  [
    "TypeScript's __awaiter",
    function (this: unknown) {
      return __awaiter(this, void 0, void 0, function* () {
        yield 8;
      });
    },
    [],
    8,
  ],
  ["a function that replaces itself", replaced, [1], 2],
  ["a function with fields", counted, [1], 6],
  ["captured builtins", () => aliased.max(1, aliased.keys({ a: 1 }).length, 5), [], 5],
  ["nested closures", curried(1)(2), [3], 6],
  ["destructured and rest parameters", destructured, [{ a: 1, b: [2] }, 7, 7], 5],
  ["default parameters that capture", (n: number, by = offset) => n + by, [1], 11],
  ["names that are shadowed", shadowing, [5], 5],
  ["a variable that is declared after the function", lateCapture(), [], 4],
  ["a variable of a loop", blocks()[2] as () => number, [], 20],
  ["a variable of a catch clause", caught(), [], "inner"],
  [
    "builtin globals",
    () => typeof structuredClone + typeof Buffer + typeof URL,
    [],
    "functionfunctionfunction",
  ],
  ["a global of the program's own", () => ownGlobal.answer, [], 42],
  ["a template literal with a comment in it", () => `/* ${offset} */ // #x`, [], "/* 10 */ // #x"],
  ["a regular expression with quotes", (s: string) => /["'`#]/.test(s), ["#"], true],
  ["import() of a builtin", async () => (await import("node:path")).sep, [], "/"],
  [
    "import() relative to its own file",
    async () => (await import("./fixtures/shapes.mjs")).square(5),
    [],
    25,
  ],
  ["import.meta.url", () => import.meta.url.endsWith("functions.test.ts"), [], true],
  ["a function from a factory of another module", shapes.closureMaker(3), [4], 7],
  [
    "a name for its stack and its name",
    function named() {
      return named.name;
    },
    [],
    "named",
  ],
  [
    "an inferred name",
    (() => {
      const inferred = () => inferred.name;
      return inferred;
    })(),
    [],
    "inferred",
  ],
  ["optional calls and private checks", (x?: { y?: () => number }) => x?.y?.() ?? offset, [], 10],
  [
    "a getter inside an object literal",
    () =>
      ({
        get value() {
          return offset;
        },
      }).value,
    [],
    10,
  ],
  [
    "an object literal whose methods use this and super",
    () =>
      ({
        n: 1,
        __proto__: {
          m() {
            return 2;
          },
        },
        m(): number {
          return this.n + (super.m as () => number)();
        },
      }).m(),
    [],
    3,
  ],
];

describe.each(starters)("in %s", (_name, start) => {
  let remote: Remote;
  beforeAll(() => {
    remote = start();
  });
  afterAll(() => remote.end());

  test.each(cases)("%s arrives", async (_what, fn, args, expected) => {
    expect(await remote.call(fn as (...args: unknown[]) => unknown, ...args)).toEqual(expected);
  });

  test("a capture is a snapshot of the moment of the call", async () => {
    changing = 1;
    const read = (): number => changing;
    const first = remote.call(read);
    changing = 2;
    const second = remote.call(read);
    expect(await Promise.all([first, second])).toEqual([1, 2]);
  });

  test("functions travel inside arguments and results", async () => {
    const compose = (f: (n: number) => number, options: { then: (n: number) => number }) => (n: number) =>
      options.then(f(n));
    const composed = await remote.call(compose, (n: number) => n + offset, { then: shapes.square });
    expect(composed(2)).toBe(144);
  });

  test("two functions share the variables that they captured", async () => {
    const shared = { n: 0 };
    const pair = {
      add: () => {
        shared.n++;
      },
      read: () => shared.n,
    };
    const read = await remote.call((p: typeof pair) => {
      p.add();
      p.add();
      return p.read();
    }, pair);
    expect(read).toBe(2);
    expect(shared.n).toBe(0);
  });

  test("a closure that a worker returns imports as its module would", async () => {
    const back = await remote.call(() => async (n: number) => {
      const { square } = await import("./fixtures/shapes.mjs");
      return [square(n), import.meta.url];
    });
    // It goes on to the worker, twice removed from its source: Jest's own import() is no part of this.
    const [squared, url] = await remote.call((f: typeof back) => f(6), back);
    expect(squared).toBe(36);
    expect(url).toBe(import.meta.url);
  });

  test("a stack shows the original file", async () => {
    const failing = (): never => {
      throw new Error("look at me");
    };
    const error = await remote.call(failing).catch((e: Error) => e);
    expect((error as Error).stack).toMatch(/at failing \(.*functions\.test\.ts:\d+:\d+\)/);
  });
});
