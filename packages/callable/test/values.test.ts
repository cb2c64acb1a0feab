import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { move, pack, reduce, revive, unpack } from "@concurrent-futures/callable";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as shapes from "./fixtures/shapes.mjs";
import { type Remote, starters, startThread } from "./support/remote.ts";

/** Shapes of values: each goes to a worker and comes back, and must be what it was. */

class Temperature {
  degrees: number;
  constructor(degrees: number) {
    this.degrees = degrees;
  }
  get fahrenheit(): number {
    return this.degrees * 1.8 + 32;
  }
}
class Precise extends Temperature {
  digits = 2;
}
class Token {
  #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  get text(): string {
    return this.#text;
  }
  [reduce](medium: string): unknown {
    return { text: this.#text, medium };
  }
  static [revive](state: { text: string }): Token {
    return new Token(state.text);
  }
}
class Job extends EventEmitter {
  id = 7;
}
class Node2 {
  next: Node2 | undefined;
  payload = new Map<string, unknown>();
}

function cyclicInstance(): Node2 {
  const node = new Node2();
  node.next = node;
  node.payload.set("me", node);
  return node;
}
function classesThatNeedEachOther(): object {
  class Parent {
    make(): unknown {
      return new Child();
    }
  }
  class Child extends Parent {
    value = 1;
  }
  return new Child();
}
function mixedIn(): object {
  const Named = (Base: new () => object) =>
    class extends Base {
      name = "mixed";
    };
  return new (class Mixed extends Named(Temperature as unknown as new () => Temperature) {})();
}
class Singleton {
  static readonly instance: Singleton = new Singleton();
  value = 1;
}
function cyclicPlain(): { self?: unknown; list: unknown[] } {
  const object: { self?: unknown; list: unknown[] } = { list: [] };
  object.self = object;
  object.list.push(object, new shapes.Point(1, 1));
  return object;
}
const shared = { n: 1 };

const plain: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["true", true],
  ["a number", 1.5],
  ["negative zero", -0],
  ["NaN", Number.NaN],
  ["infinity", Number.NEGATIVE_INFINITY],
  ["a BigInt", 12345678901234567890n],
  ["a string with every kind of character", "a\u0000\ud800é😀"],
  ["a plain object", { a: 1, b: { c: [] } }],
  ["an array with holes", Object.assign(new Array(3), { 0: 1, 2: 3 })],
  ["a key named __proto__", JSON.parse('{"__proto__": {"x": 1}, "y": 2}')],
  ["a Date", new Date(5)],
  ["a regular expression", /a+/gi],
  ["a Map with objects as keys", new Map([[{ k: 1 }, new Set([1, "x"])]])],
  ["a boxed number", Object(5)],
  ["an ArrayBuffer", new Uint8Array([1, 2, 3]).buffer],
  ["a typed array", new Float64Array([1.5, Number.NaN])],
  ["a BigInt64Array", new BigInt64Array([5n])],
  ["a DataView", new DataView(new ArrayBuffer(4))],
];

const special: readonly (readonly [string, unknown])[] = [
  ["a registered symbol", Symbol.for("travels")],
  ["a well-known symbol", Symbol.iterator],
  ["a symbol as a field", { tag: Symbol.for("tag"), list: [Symbol.for("tag")] }],
  ["an object without prototype", Object.assign(Object.create(null), { a: 1 })],
  ["a Buffer", Buffer.from("hello")],
  ["a URL", new URL("https://example.org/a?b#c")],
  ["an instance of an exported class", new shapes.Point(1, 2)],
  ["a subclass of Array", shapes.Stack.from([1, new shapes.Point(0, 1)])],
  ["a subclass of Map", new shapes.Registry([["a", new shapes.Point(3, 4)]])],
  ["an instance of a local class", new Temperature(20)],
  ["an instance of a local subclass", new Precise(20)],
  ["an instance with [reduce] and [revive]", new Token("secret")],
  ["an instance of an exported class with [reduce] and [revive]", new shapes.Account(9)],
  ["an instance in a cycle", cyclicInstance()],
  ["an instance inside a plain cycle", cyclicPlain()],
  ["instances deep inside", { list: [new Map([["k", { at: new shapes.Point(5, 6) }]])] }],
  ["fields under registered symbols", Object.assign(new Temperature(1), { [Symbol.for("unit")]: "C" })],
  ["fields that are not enumerable", Object.defineProperty(new Temperature(1), "hidden", { value: 5 })],
  ["an instance of classes that need each other", classesThatNeedEachOther()],
  ["an instance of a class with a mixin", mixedIn()],
  ["an instance that its own class holds", Singleton.instance],
  ["a subclass of Date", new (class Day extends Date {})(5)],
  ["a subclass of Uint8Array", new (class Bytes extends Uint8Array {})([1, 2])],
  ["URLSearchParams", new URLSearchParams("a=1&b=2")],
  ["an object that looks like a packed one", { "\u0000concurrent-futures.packed": 1, root: [1], steps: [] }],
  ["an error as a value", new RangeError("too far", { cause: { at: new shapes.Point(1, 1) } })],
];

describe.each(starters)("to %s and back", (_name, start) => {
  let remote: Remote;
  beforeAll(() => {
    remote = start();
  });
  afterAll(() => remote.end());
  const echo = (value: unknown): Promise<unknown> => remote.call((v: unknown) => v, value);

  test.each([...plain, ...special])("%s arrives equal", async (_what, value) => {
    const back = await echo(value);
    expect(back).toEqual(value);
    expect(Object.prototype.toString.call(back)).toBe(Object.prototype.toString.call(value));
  });

  test.each(special.filter(([, value]) => typeof value === "object"))(
    "%s keeps its class",
    async (_what, value) => {
      const back = (await echo(value)) as object;
      const prototype = Object.getPrototypeOf(value as object);
      // Plain containers come out of the medium, which makes them of the main realm.
      if (prototype !== Object.prototype) expect(Object.getPrototypeOf(back)).toBe(prototype);
    },
  );

  test("methods and accessors work there and here", async () => {
    const back = await remote.call(
      (t: Temperature) => ({ seen: t.fahrenheit, made: new Temperature(t.degrees + 10) }),
      new Temperature(10),
    );
    expect(back.seen).toBe(50);
    expect(back.made).toBeInstanceOf(Temperature);
    expect(back.made.fahrenheit).toBe(68);
  });

  test("an EventEmitter of the program's own", async () => {
    const job = (await echo(new Job())) as Job;
    expect(job).toBeInstanceOf(Job);
    const heard: unknown[] = [];
    job.on("done", (value) => heard.push(value));
    job.emit("done", job.id);
    expect(heard).toEqual([7]);
  });

  test("[reduce] is told the medium", async () => {
    const state = pack(new Token("x"), [], remote.medium);
    expect(JSON.stringify(state)).toContain(`"medium":"${remote.medium}"`);
  });

  test("identity is kept: shared parts stay shared, cycles stay cycles", async () => {
    const point = new shapes.Point(1, 1);
    const [a, b, c, d] = (await echo([shared, shared, point, point])) as object[];
    expect(a).toBe(b);
    expect(c).toBe(d);
    const node = (await echo(cyclicInstance())) as Node2;
    expect(node.next).toBe(node);
    expect(node.payload.get("me")).toBe(node);
  });

  test("a function and an instance in one argument share what they share", async () => {
    const state = { n: 1 };
    const bump = (): number => ++state.n;
    const seen = await remote.call(
      (o: { state: { n: number }; bump: () => number }) => {
        o.bump();
        return o.state.n;
      },
      { state, bump },
    );
    expect(seen).toBe(2);
  });
});

describe("pack", () => {
  test.each(plain)("gives %s as it is", (_what, value) => {
    expect(pack(value)).toBe(value);
    expect(unpack(value)).toBe(value);
  });

  test("never touches what it is given", () => {
    const point = new shapes.Point(1, 2);
    const value = Object.freeze({
      list: Object.freeze([point, Symbol.for("x")]),
      map: new Map([["p", point]]),
    });
    expect(pack(value)).not.toBe(value);
    expect(value.list[0]).toBe(point);
    expect(value.map.get("p")).toBe(point);
  });

  test("takes structures that are deep, cyclic or shared without end", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 999; i++) deep = { deep };
    let wide: unknown = [1];
    for (let i = 0; i < 60; i++) wide = [wide, wide];
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const value of [deep, wide, cyclic]) expect(pack(value)).toBe(value);
  });
});

describe("buffers", () => {
  let remote: Remote;
  beforeAll(() => {
    remote = startThread();
  });
  afterAll(() => remote.end());

  test("are copied, unless they are moved", async () => {
    const copied = new Float64Array([1, 2]);
    const moved = new Float64Array([3, 4]);
    const sum = await remote.call(
      (a: Float64Array, o: { b: Float64Array }) => (a[0] ?? 0) + (o.b[0] ?? 0),
      copied,
      { b: move(moved) },
    );
    expect(sum).toBe(4);
    expect(copied.byteLength).toBe(16);
    expect(moved.byteLength).toBe(0);
  });

  test("move back as results, inside instances too", async () => {
    const make = (): { pixels: Uint8Array; was: number } => {
      const pixels = new Uint8Array(10).fill(7);
      return { pixels: move(pixels), was: pixels.byteLength };
    };
    expect((await remote.call(make)).pixels).toEqual(new Uint8Array(10).fill(7));
    const holder = Object.assign(new shapes.Point(1, 1), { data: new Uint8Array([1, 2]) });
    const size = await remote.call((h: typeof holder) => h.data.byteLength + h.sum(), move(holder));
    expect(size).toBe(4);
    expect(holder.data.byteLength).toBe(0);
  });

  test("shared memory is passed", async () => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    await remote.call((there: Int32Array) => Atomics.add(there, 0, 5), cell);
    expect(cell[0]).toBe(5);
  });

  test("ports move", async () => {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => port1.once("message", resolve));
    await remote.call((port: typeof port2) => port.postMessage("hello"), move(port2));
    expect(await answer).toBe("hello");
    port1.close();
  });
});

describe("a view that shows a part of its memory", () => {
  const memory = new ArrayBuffer(64);
  new Uint8Array(memory).fill(7);
  test.each([
    ["a pooled Buffer", Buffer.from("hello"), 5],
    ["a slice of a Buffer", Buffer.alloc(64, 7).subarray(8, 16), 8],
    ["a Uint8Array", new Uint8Array(memory, 8, 8), 8],
    ["a Float64Array", new Float64Array(memory, 8, 2), 16],
    ["a DataView", new DataView(memory, 1, 3), 3],
  ] as const)("takes none of the rest along to a thread: %s", async (_name, view, size) => {
    for (const value of [view, { deep: [view] }]) {
      const packed = structuredClone(pack(value, [], "thread"));
      const there = (await unpack(packed)) as typeof view & { deep?: [typeof view] };
      const arrived = there.deep?.[0] ?? there;
      expect(arrived.buffer.byteLength).toBe(size);
      expect(arrived.constructor.name).toBe(view.constructor.name);
      expect(new Uint8Array(arrived.buffer)).toEqual(
        new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)),
      );
    }
  });

  test("stays what it is where the memory is shared", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64), 8, 8);
    expect(pack(shared, [], "thread")).toBe(shared);
  });
});
