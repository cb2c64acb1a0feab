import { createRequire } from "node:module";
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

describe("what webpack, rspack, ncc and Babel make of import() and require", () => {
  const bundles = {
    "as they write it": `(require, createRequire) => {
      var modules = {
        161: (module) => { "use strict"; module.exports = require("node:path"); },
        162: (module) => { module.exports = import("node:path"); },
        /***/ "node:path" /*! external */ (module) { /* comment */
          module.exports = import("node:path").then(function(module) { return module; });; /***/ },
        163: (module) => { module.exports = createRequire("node:path"); },
        164: (module) => { module.exports = require("./fixtures/shapes.cjs"); },
        248: (module, exports) => { exports.own = require("node:path"); },
        249: (module) => { module.exports = other("node:path"); },
      };
      var other = (name) => name;
      function __webpack_require__(id) {
        // Comments stand in it.
        throw new Error("the bundle's " + (cache[id] = { exports: {} }) + modules[id]);
      }
      var cache = {};
      __webpack_require__.t = __webpack_require__.e = __webpack_require__;
      return [__webpack_require__, (r) => TEXT];
    }`,
    minified: `(require,r)=>{var e={161(e){"use strict";e.exports=require("node:path")},162(e){e.exports=import("node:path")},
      "node:path":e=>{e.exports=import("node:path").then(e=>e)},163:e=>{e.exports=r("node:path")},164(e){e.exports=require("./fixtures/shapes.cjs")},
      248(e,t){t.own=require("node:path")},249(e){e.exports=o("node:path")}},o=e=>e,t={};
      function n(r){throw Error("the bundle's "+(t[r]={exports:{}})+e)}n.t=n.e=n;return[n,r=>TEXT]}`,
  };
  /** A function in the bundle. */
  const made = (bundle: string, text: string): AnyFunction => {
    const require = createRequire(import.meta.url);
    const [bundleRequire, make] = (
      runInThisContext(`(${bundle.replace("TEXT", () => text)})`, { filename: import.meta.url }) as (
        ...requires: unknown[]
      ) => [unknown, (bundleRequire: unknown) => AnyFunction]
    )(require, require);
    return make(bundleRequire);
  };
  const basename = '.basename("/a/b")';
  const shapes = "Promise.resolve().then(r.t.bind(r, 164, 23))";

  describe.each(Object.entries(bundles))("%s", (_, bundle) => {
    test.each([
      [
        "import() of what is required",
        `async () => (await Promise.resolve().then(r.t.bind(r, 161, 19)))${basename}`,
      ],
      ["import() as an arrow", `async () => (await Promise.resolve().then(() => r.t(161, 19)))${basename}`],
      [
        "import() with a comment",
        `async () => (await Promise.resolve().then(r.t.bind(r, /*! path */ 161, 19)))${basename}`,
      ],
      ["import() of what is imported", `async () => (await Promise.resolve().then(() => r(162)))${basename}`],
      ["import() by a name", `async () => (await Promise.resolve().then(r.bind(r, "node:path")))${basename}`],
      ["require", `() => r(161)${basename}`],
      ["require by createRequire", `() => (0, r(163).basename)("/a/b")`],
      [
        "the default of import()",
        `async () => (await Promise.resolve().then(r.t.bind(r, 161, 19))).default${basename}`,
      ],
      ["a module beside the bundle", `async () => ((await ${shapes}).double(1) === 2 ? "b" : "")`],
      ["its default", `async () => ((await ${shapes}).default.double(1) === 2 ? "b" : "")`],
      ["two at once", `async () => [await Promise.resolve().then(() => r(162)), r(163)][1]${basename}`],
    ])("%s", async (_, text) => {
      expect(await called(made(bundle, text))).toBe("b");
    });

    test.each([
      ["a module inside of the bundle", "() => r(248)"],
      ["one that only looks like a name", "() => r(249)"],
      ["one in another file of the bundle", "async () => r.e(5).then(r.bind(r, 999))"],
    ])("%s is refused", (_, text) => {
      expect(() => describeFunction(made(bundle, text))).toThrow(
        /^Cannot send the function \(anonymous\) \(module-objects\.test\.ts:\d+\): it loads a module that the bundler has put into the bundle, /,
      );
    });

    test("a variable of the function's own with that name is left alone", async () => {
      expect(await called(made(bundle, '() => ((r) => r(161))((id) => "b" + id)'))).toBe("b161");
    });
  });

  test("Babel's helper of import() in CommonJS", async () => {
    const make = runInThisContext(
      `((require) => { var cache = new WeakMap();
        function _interopRequireWildcard(e) { if (cache || (cache = new WeakMap()), cache.has(e)) return cache.get(e);
          const n = { __proto__: null, default: e }; cache.set(e, n); return n; }
        return async () => (await Promise.resolve().then(() => _interopRequireWildcard(require("node:path")))).default.basename("/a/b"); })`,
      { filename: import.meta.url },
    ) as (require: unknown) => AnyFunction;
    expect(await called(make(createRequire(import.meta.url)))).toBe("b");
  });

  test("a function that only looks like a bundle's require is sent", async () => {
    const table = { 5: (n: number) => n + 1 };
    const look = (id: 5): number => table[id](id);
    expect(await called(() => look(5))).toBe(6);
  });
});
