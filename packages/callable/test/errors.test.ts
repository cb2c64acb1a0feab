import assert from "node:assert";
import { readFileSync } from "node:fs";
import { packError, unpackError, unpackErrorSync } from "@concurrent-futures/callable";
import {
  BrokenProcessPool,
  CancelledError,
  SerializationError,
  TimeoutError,
} from "@concurrent-futures/core";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as shapes from "./fixtures/shapes.mjs";
import { type Remote, starters } from "./support/remote.ts";

/** Shapes of errors: thrown in a worker, caught here. */

class Local extends Error {
  override readonly name = "Local";
  readonly extra: Map<string, number>;
  constructor(extra: Map<string, number>) {
    super("local trouble");
    this.extra = extra;
  }
  describe(): string {
    return `${this.message} ${this.extra.size}`;
  }
}

interface Expected {
  readonly is?: unknown;
  readonly has?: object;
}
type Case = readonly [name: string, thrower: () => unknown, expected: Expected];

const cases: readonly Case[] = [
  [
    "an Error",
    () => {
      throw new Error("plain");
    },
    { is: Error, has: { name: "Error", message: "plain" } },
  ],
  [
    "a TypeError",
    () => {
      throw new TypeError("type");
    },
    { is: TypeError, has: { name: "TypeError" } },
  ],
  ["an error of the engine", () => (undefined as unknown as { x: { y: number } }).x.y, { is: TypeError }],
  ["a SyntaxError", () => JSON.parse("{"), { is: SyntaxError }],
  [
    "an error with code and fields",
    () => {
      throw Object.assign(new Error("x"), { code: "E_X", info: { n: [1] } });
    },
    { is: Error, has: { code: "E_X", info: { n: [1] } } },
  ],
  [
    "a renamed error",
    () => {
      throw Object.assign(new Error("x"), { name: "Renamed" });
    },
    { is: Error, has: { name: "Renamed" } },
  ],
  [
    "a chain of causes",
    () => {
      throw new Error("outer", { cause: new RangeError("inner", { cause: "root" }) });
    },
    { has: { cause: expect.objectContaining({ message: "inner", cause: "root" }) } },
  ],
  [
    "an AggregateError",
    () => {
      throw new AggregateError([new TypeError("one"), 2], "many");
    },
    { is: AggregateError, has: { message: "many", errors: [expect.any(TypeError), 2] } },
  ],
  [
    "an exported error class",
    () => {
      throw new shapes.HttpError(404);
    },
    { is: shapes.HttpError, has: { name: "HttpError", status: 404, message: "status 404" } },
  ],
  [
    "an error class whose constructor wants something else",
    () => {
      throw new shapes.Picky({ detail: { text: "picky" } });
    },
    { is: shapes.Picky, has: { message: "picky", name: "Picky" } },
  ],
  [
    "a local error class",
    () => {
      throw new Local(new Map([["a", 1]]));
    },
    { is: Local, has: { name: "Local", extra: new Map([["a", 1]]) } },
  ],
  [
    "a CancelledError",
    () => {
      throw new CancelledError("gone");
    },
    { is: CancelledError, has: { message: "gone", code: "ERR_CANCELLED" } },
  ],
  [
    "a TimeoutError",
    () => {
      throw new TimeoutError();
    },
    { is: TimeoutError },
  ],
  [
    "a BrokenProcessPool with its fields",
    () => {
      throw new BrokenProcessPool("dead", { worker: { workerId: 1, exitCode: 3, signal: null } });
    },
    { is: BrokenProcessPool, has: { worker: { workerId: 1, exitCode: 3, signal: null } } },
  ],
  [
    "an error of Node's with a code",
    () => readFileSync("/does/not/exist"),
    { is: Error, has: { code: "ENOENT", syscall: "open" } },
  ],
  [
    "an argument error of Node's",
    () => readFileSync({} as string),
    { is: TypeError, has: { code: "ERR_INVALID_ARG_TYPE", name: "TypeError" } },
  ],
  [
    "an AssertionError",
    () => assert.strictEqual(1, 2),
    { is: assert.AssertionError, has: { code: "ERR_ASSERTION", actual: 1, expected: 2 } },
  ],
  [
    "a DOMException",
    () => {
      throw new DOMException("stop", "AbortError");
    },
    { is: DOMException, has: { name: "AbortError", message: "stop", code: 20 } },
  ],
  [
    "the reason of an aborted signal",
    () => AbortSignal.abort().throwIfAborted(),
    { has: { name: "AbortError" } },
  ],
  [
    "an error with a field that cannot be sent",
    () => {
      throw Object.assign(new Error("x"), { when: () => 1, secret: Symbol("s"), n: 1 });
    },
    { is: Error, has: { n: 1, secret: "[not sent: Symbol(s)]", when: expect.any(Function) } },
  ],
  [
    "an error with fields that are not enumerable",
    () => {
      throw Object.defineProperties(new Error("x"), {
        response: { value: { status: 5 } },
        bookkeeping: { value: { of: Symbol("s") } },
        unreadable: {
          get: () => {
            throw new Error("not ready");
          },
        },
        toString: { value: () => "own" },
      });
    },
    { is: Error, has: { response: { status: 5 } } },
  ],
  [
    "a rejected promise",
    async () => {
      throw new RangeError("later");
    },
    { is: RangeError },
  ],
];

const thrown: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["a number", 0],
  ["a string", "text"],
  ["an object", { code: 1, list: [1] }],
  ["a registered symbol", Symbol.for("thrown")],
];

describe.each(starters)("from %s", (_name, start) => {
  let remote: Remote;
  beforeAll(() => {
    remote = start();
  });
  afterAll(() => remote.end());
  const caught = async (fn: () => unknown): Promise<unknown> => {
    try {
      await remote.call(fn);
    } catch (error) {
      return error;
    }
    throw new Error("nothing was thrown");
  };

  test.each(cases)("%s comes back as itself", async (_what, thrower, { is, has = {} }) => {
    const error = (await caught(thrower)) as Error;
    expect(error).toMatchObject(has);
    if (is !== undefined) expect(error).toBeInstanceOf(is as new () => Error);
    expect(Object.keys(error)).not.toContain("stack");
  });

  test("hidden fields stay hidden, and those that cannot be sent are left out, also of an error that is returned", async () => {
    const make = (): Error =>
      Object.defineProperties(new Error("x"), {
        issues: { value: ["one"] },
        bookkeeping: { value: { of: Symbol("s") } },
        mixed: { value: { of: Symbol("s"), data: [1] } },
        toString: { value: () => "own" },
      });
    const returned = (await remote.call(make)) as Error;
    const thrown = await caught(() => {
      throw Object.defineProperties(new Error("x"), {
        issues: { value: ["one"] },
        bookkeeping: { value: { of: Symbol("s") } },
        mixed: { value: { of: Symbol("s"), data: [1] } },
        toString: { value: () => "own" },
      });
    });
    for (const error of [returned, thrown]) {
      expect(error).toMatchObject({ message: "x", issues: ["one"], mixed: { data: [1] } });
      expect(Object.keys(error as Error)).toEqual([]);
      expect(Object.getOwnPropertyNames(error).sort()).toEqual(["issues", "message", "mixed", "stack"]);
    }
  });

  test.each(thrown)("%s can be thrown", async (_what, value) => {
    expect(
      await caught((() => {
        throw value;
      }) as () => unknown),
    ).toEqual(value);
  });

  test("methods of its class work", async () => {
    const error = (await caught(() => {
      throw new Local(new Map());
    })) as Local;
    expect(error.describe()).toBe("local trouble 0");
  });

  test("the stack shows the worker's frames, then the caller's", async () => {
    const boom = (): never => {
      throw new Error("deep");
    };
    const error = (await caught(boom)) as Error;
    const [worker, caller] = (error.stack ?? "").split("--- submitted by ---");
    expect(worker).toContain("at boom");
    expect(caller).toContain("remote.ts");
  });

  test("a result that cannot be sent is an error, and the worker lives on", async () => {
    const error = await caught(() => ({ list: [Symbol("local")] }));
    expect(error).toBeInstanceOf(SerializationError);
    expect((error as Error).message).toMatch(/the result \.list\[0\]: Symbol\(local\) cannot be sent/);
    expect(await remote.call((n: number) => n, 5)).toBe(5);
  });
});

describe("packError", () => {
  test("never throws", () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("no");
        },
        getPrototypeOf() {
          throw new Error("no");
        },
      },
    );
    const traps = new Error("x");
    Object.defineProperty(traps, "message", {
      get() {
        throw new Error("no");
      },
    });
    const cyclic = Object.assign(new Error("cycle"), { self: undefined as unknown });
    cyclic.self = cyclic;
    for (const value of [
      hostile,
      traps,
      cyclic,
      Symbol("x"),
      () => 1,
      Promise.resolve(),
      new WeakMap(),
      process.stdout,
    ]) {
      expect(() => unpackErrorSync(structuredClone(packError(value)))).not.toThrow();
    }
    expect((unpackErrorSync(packError(cyclic)) as typeof cyclic).self).toMatchObject({ message: "cycle" });
  });

  test("what cannot be sent at all says what it was", () => {
    const error = unpackErrorSync(packError(Symbol("mine"))) as Error;
    expect(error.message).toBe("A value that cannot be sent was thrown: Symbol(mine)");
  });

  test("is synchronous on the way back for classes that were described here", () => {
    expect(unpackError(packError(new shapes.HttpError(500)))).toBeInstanceOf(shapes.HttpError);
  });
});
