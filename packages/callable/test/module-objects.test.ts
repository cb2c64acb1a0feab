import * as path from "node:path";
import { runInThisContext } from "node:vm";
import { type AnyFunction, describe as describeFunction, load } from "@concurrent-futures/callable";
import { describe, expect, test } from "@jest/globals";
import * as shapes from "./fixtures/shapes.mjs";

/** Module objects of bundlers and test runners: of them only the members travel that a function reads. */

let count = 0;
const members = {
  triple: (n: number) => n * 3,
  // Neither of them can travel.
  next: () => ++count,
  port: new MessageChannel().port1,
};
members.port.close();

function getters(of: object, into: object = {}): typeof members {
  for (const key of Object.keys(of))
    Object.defineProperty(into, key, { enumerable: true, get: () => (of as Record<string, unknown>)[key] });
  return into as typeof members;
}

/** What a worker gets when it calls it. */
async function called(fn: AnyFunction, ...args: unknown[]): Promise<unknown> {
  return await ((await load(describeFunction(fn))) as (...args: unknown[]) => unknown)(...args);
}

const modules: readonly (readonly [string, typeof members])[] = [
  [
    "Vitest's own modules",
    getters(members, Object.create(null, { [Symbol.toStringTag]: { value: "Module" } })),
  ],
  ["webpack's and rspack's in production", getters(members)],
  ["webpack's in development", getters(members, Object.defineProperty({}, "__esModule", { value: true }))],
  ["esbuild's", getters(members, { __proto__: null } as object)],
];

describe("of a module object, the members that are read travel", () => {
  test.each(modules)("%s", async (_, module) => {
    expect(await called((n: number) => module.triple(n), 2)).toBe(6);
    // biome-ignore lint/complexity/noCommaOperator: compilers write calls of imports like this.
    expect(await called((n: number) => (0, module.triple)(n), 3)).toBe(9);
    const outer = getters({ inner: module, port: members.port });
    expect(
      await called((n: number) => (outer as unknown as { inner: typeof members }).inner.triple(n), 4),
    ).toBe(12);
  });

  test.each(modules)("%s: a member that cannot be sent is refused only where it is read", (_, module) => {
    expect(() => describeFunction((() => module.next()) as AnyFunction)).toThrow("it assigns to `count`");
    expect(() => describeFunction((() => [module]) as AnyFunction)).toThrow("Cannot send");
  });

  test("Vitest's of packages and of Node: a Proxy around the real one", async () => {
    const builtin = new Proxy(path, {});
    expect(await called(() => builtin.basename("/a/b"))).toBe("b");
    const own = new Proxy(shapes, {});
    expect(await called((n: number) => own.square(n), 5)).toBe(25);
    expect(JSON.stringify(describeFunction(((n: number) => own.square(n)) as AnyFunction))).toContain(
      "shapes.mjs",
    );
  });

  test("but an object with a prototype of its own, or with fields, goes whole: its methods need it", async () => {
    const counter = {
      step: 2,
      get twice() {
        return (n: number) => n * 2;
      },
      next(n: number) {
        return n + this.step;
      },
    };
    expect(await called((n: number) => counter.next(n), 5)).toBe(7);
  });
});

describe("Vite's words for what means something only in its module", () => {
  const make = (text: string): AnyFunction =>
    runInThisContext(
      `((__vite_ssr_dynamic_import__, __vite_ssr_import_meta__) => ${text})(() => { throw new Error("Vite's"); }, new Proxy({}, {}))`,
      { filename: import.meta.url },
    ) as AnyFunction;

  test("import()", async () => {
    expect(
      await called(make('async () => (await __vite_ssr_dynamic_import__("node:path")).basename("/a/b")')),
    ).toBe("b");
    expect(
      await called(
        make('async () => (await __vite_ssr_dynamic_import__("./fixtures/shapes.mjs")).square(3)'),
      ),
    ).toBe(9);
  });

  test("import.meta", async () => {
    expect(await called(make("() => __vite_ssr_import_meta__.url"))).toBe(import.meta.url);
  });
});
