import { pack, unpack } from "@concurrent-futures/callable";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as shapes from "./fixtures/shapes.mjs";
import { type Remote, starters } from "./support/remote.ts";

/** Values and closures that nobody thought of. */

class Pair {
  left: unknown;
  right: unknown;
  constructor(left: unknown, right: unknown) {
    this.left = left;
    this.right = right;
  }
}

const { value: anything } = fc.letrec((again) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.anything({
      withBigInt: true,
      withTypedArray: true,
      withNullPrototype: true,
      maxDepth: 2,
    }),
    fc.date({ noInvalidDate: true }),
    fc.string().map((key) => Symbol.for(key)),
    fc.tuple(fc.integer(), fc.integer()).map(([x, y]) => new shapes.Point(x, y)),
    fc.tuple(again("value"), again("value")).map(([left, right]) => new Pair(left, right)),
    fc.array(again("value"), { maxLength: 4 }).map((list) => shapes.Stack.from(list)),
    fc.array(fc.tuple(again("value"), again("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.tuple(fc.string(), again("value")).map(([message, cause]) => new RangeError(message, { cause })),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.dictionary(fc.string(), again("value"), { maxKeys: 4 }),
  ),
}));

/** Closures over random values, of random shapes. Each gives back what it captured. */
const makers: readonly ((a: unknown, b: unknown) => () => unknown)[] = [
  (a, b) => () => [a, b],
  (a, b) => {
    const inner = { a, deep: { b } };
    return () => [inner.a, inner.deep.b];
  },
  (a, b) => {
    const first = (): unknown => a;
    const second = (): unknown => [first(), b];
    return () => second();
  },
  (a, b) => {
    class Holder {
      a = a;
      static b = b;
    }
    return () => [new Holder().a, Holder.b];
  },
  (a, b) => {
    const read = (depth: number): unknown => (depth === 0 ? [a, b] : read(depth - 1));
    return function outer() {
      return read(3);
    };
  },
  (a, b) => {
    const list = [() => a, () => b];
    return async () => list.map((get) => get());
  },
  (a, b) => {
    function* both(): Generator<unknown> {
      yield a;
      yield b;
    }
    return () => [...both()];
  },
];

describe.each(starters)("to %s and back", (_name, start) => {
  let remote: Remote;
  beforeAll(() => {
    remote = start();
  });
  afterAll(() => remote.end());

  test("random values arrive equal", async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        expect(await remote.call((v: unknown) => v, value)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test("random closures return what they captured", async () => {
    await fc.assert(
      fc.asyncProperty(anything, anything, fc.constantFrom(...makers), async (a, b, make) => {
        const closure = make(a, b);
        expect(await remote.call(closure)).toEqual(await closure());
      }),
      { numRuns: 200 },
    );
  });
});

test("what pack gives is always cloneable, and unpack gives back what went in", () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(unpack(structuredClone(pack(value)))).toEqual(value);
    }),
    { numRuns: 500 },
  );
});
