import { Buffer } from "node:buffer";
import { serialize } from "node:v8";
import { move, reduce, revive } from "@concurrent-futures/callable";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { BrokenProcessPool, SerializationError, TimeoutError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

const send = (value: unknown): Uint8Array => encodeForNetwork(value, { name: "the message" });
const receive = (bytes: Uint8Array, allow: readonly Function[] = []): unknown =>
  decodeFromNetwork(bytes, { allow: new Map(allow.map((Class) => [Class.name, Class])) });
const round = (value: unknown, allow: readonly Function[] = []): unknown => receive(send(value), allow);

function refusal(run: () => unknown): SerializationError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    return error as SerializationError;
  }
  throw new Error("expected a refusal");
}

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  [reduce](): number {
    return this.cents;
  }
  static [revive](cents: unknown): Money {
    if (typeof cents !== "number") throw new TypeError("no cents");
    return new Money(cents);
  }
}
class Failure extends RangeError {
  override name = "Failure";
  status = 418;
}

describe("a value that goes to another machine", () => {
  test("arrives equal, whatever plain data it is", () => {
    const data = fc.anything({
      withBigInt: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withTypedArray: true,
      withSparseArray: true,
      withUnicodeString: true,
    });
    // No invalid dates: inside of maps Jest takes no two of them for equal.
    const date = fc.date({ noInvalidDate: true });
    fc.assert(
      fc.property(fc.oneof(data, fc.dictionary(fc.string(), fc.oneof(date, data))), (value) => {
        expect(round(value)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, unknown]>([
    [
      "numbers at their edges",
      [
        0,
        -0,
        1,
        -1,
        2 ** 31 - 1,
        -(2 ** 31),
        2 ** 31,
        2 ** 53,
        -1.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        5e-324,
      ],
    ],
    ["bigints", [0n, -1n, 2n ** 64n, -(2n ** 200n) - 1n, 255n, 256n]],
    ["texts", ["", "ä€😀", "\ud800 alone", "\u0000"]],
    ["dates", [new Date(0), new Date(-8.64e15)]],
    ["regular expressions", [/a\/b/giu, /(?<x>y)/]],
    ["addresses", [new URL("https://a.example/?q=1#h"), new URLSearchParams("a=1&a=2")]],
    [
      "memory",
      [
        new ArrayBuffer(3),
        new Uint8Array([1, 2]),
        new DataView(new ArrayBuffer(2)),
        Buffer.from("abc"),
        new BigInt64Array([1n]),
        new Float64Array([0.5]),
      ],
    ],
    ["a key called __proto__", JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')],
  ])("%s arrive as they were", (_what, value) => {
    const back = round(value);
    expect(back).toEqual(value);
    expect((back as { polluted?: unknown }).polluted).toBeUndefined();
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries())
        expect(Object.is(item, (back as unknown[])[at]) || typeof item === "object").toBe(true);
    }
  });

  test("parts that are shared stay shared, and cycles end", () => {
    const part = { n: 1 };
    const whole: Record<string, unknown> = { a: part, b: part, map: new Map([[part, part]]) };
    whole["self"] = whole;
    const back = round(whole) as typeof whole;
    expect(back["a"]).toBe(back["b"]);
    expect(back["self"]).toBe(back);
    expect((back["map"] as Map<unknown, unknown>).get(back["a"])).toBe(back["a"]);
  });

  test("a view takes only its own part of the memory along", () => {
    const secret = Buffer.from("secret: 42; public");
    const bytes = Buffer.from(send(secret.subarray(12)));
    expect(bytes.includes("secret")).toBe(false);
    expect(String(receive(bytes))).toBe("public");
  });

  test("what was to be moved is copied", () => {
    const buffer = new Uint8Array([1, 2, 3]);
    expect(round({ a: move(buffer), b: 1 })).toEqual({ a: new Uint8Array([1, 2, 3]), b: 1 });
    expect(buffer).toHaveLength(3);
  });

  test("errors arrive as the nearest class that both know, with their own fields and without the sender's paths", () => {
    const error = Object.assign(new TypeError("no", { cause: new TimeoutError("late") }), { detail: [1] });
    const bytes = send(error);
    expect(Buffer.from(bytes).includes("network.test")).toBe(false);
    const back = receive(bytes) as typeof error;
    expect(back).toBeInstanceOf(TypeError);
    expect(back.cause).toBeInstanceOf(TimeoutError);
    expect(back.detail).toEqual([1]);
    expect(Object.keys(back)).toEqual(["detail"]);
    expect(back.stack).toBe("TypeError: no");
    expect(round(new BrokenProcessPool("died"))).toBeInstanceOf(BrokenProcessPool);
    const unknown = round(new Failure("own")) as Failure;
    expect([unknown.name, unknown.status, unknown instanceof RangeError, unknown instanceof Failure]).toEqual(
      ["Failure", 418, true, false],
    );
  });

  test("classes that the receiver allows arrive as themselves", () => {
    expect(round([new Money(5)], [Money])).toEqual([new Money(5)]);
    expect(round(new Failure("own"), [Failure])).toBeInstanceOf(Failure);
    expect(refusal(() => round(new Money(5))).message).toContain("allow: [Money]");
  });

  test.each<[string, unknown, string]>([
    ["a function", { f: () => 1 }, ".f"],
    ["a class", [class Own {}], "[0]"],
    [
      "an instance without [reduce]",
      {
        a: [
          new (class Point {
            x = 1;
          })(),
        ],
      },
      ".a[0]",
    ],
    ["a symbol", { s: Symbol.for("x") }, ".s"],
    ["a promise", [Promise.resolve()], "[0]"],
    ["shared memory", { m: new Uint8Array(new SharedArrayBuffer(2)) }, ".m"],
    ["a Proxy", { p: new Proxy({}, {}) }, ".p"],
    ["too deep a structure", Array.from({ length: 1_100 }).reduce<unknown>((inner) => [inner], 1), "levels"],
  ])("%s is refused at the sender, with its path", (_what, value, path) => {
    if (path === ".m") return expect(round(value)).toEqual({ m: new Uint8Array(2) });
    expect(refusal(() => send(value)).message).toContain(path);
  });
});

describe("what arrives from another machine", () => {
  const tag = {
    integer: 4,
    number: 5,
    bigint: 6,
    repeated: 9,
    array: 10,
    object: 12,
    map: 14,
    set: 15,
    regexp: 17,
    url: 18,
    view: 21,
    error: 22,
    instance: 23,
    proxy: 24,
    export: 25,
  };
  const message = (...bytes: number[]): Uint8Array => Uint8Array.from([0xcf, ...bytes]);
  const name = (text: string): number[] => [7, text.length, ...Buffer.from(text)];

  const nested = (levels: number): Uint8Array =>
    message(...Array.from({ length: levels }, () => [tag.array, 1]).flat(), 1);

  /** Each for its own reason: what another check would refuse later has gone too far already. */
  test.each<[string, string, Uint8Array]>([
    ["nothing at all", "not a value", new Uint8Array(0)],
    ["a Python pickle", "not a value", Uint8Array.from([0x80, 4, 0x4b, 1, 0x2e])],
    ["what v8 has serialized", "not a value", serialize({ a: 1 })],
    ["another version of the format", "not a value", Uint8Array.from([0xce, 1])],
    ["an end too early", "ends", message(tag.array, 3, 1)],
    ["an end within a number", "ends too early", message(tag.number, 1, 2, 3)],
    ["an end where a value must be", "ends too early", message(tag.instance, ...name("Money"))],
    ["more than the value", "follows its end", message(1, 1)],
    ["a count beyond the message", "ends before them", message(tag.array, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ["a number without end", "has no end", message(tag.integer, ...new Array<number>(20).fill(0xff))],
    ["a length of 2 ** 48", "ends before them", message(7, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40)],
    ["an unknown kind", "unknown kind 99", message(99)],
    ["a hole outside of an array", "unknown kind 11", message(11)],
    ["a thousand and one levels", "more than 1000 levels", nested(1_001)],
    ["a reference to nothing", "has not created", message(tag.repeated, 0)],
    [
      "a reference to what comes later",
      "has not created",
      message(tag.array, 2, tag.repeated, 1, tag.array, 0),
    ],
    [
      "a reference into its own state",
      "has not created",
      message(tag.instance, ...name("Money"), tag.array, 1, tag.repeated, 0),
    ],
    ["a name that is no text", "is not a string", message(tag.object, 1, 1, 1)],
    ["a regular expression that is none", "cannot be made", message(tag.regexp, ...name("("), ...name(""))],
    ["an address that is none", "cannot be made", message(tag.url, 1, 0x61)],
    ["a view of unknown kind", "view of unknown kind", message(tag.view, 200, 0)],
    ["half a number in a view", "cannot be made", message(tag.view, 10, 3, 1, 2, 3)],
    [
      "a class that was not allowed",
      "does not accept from a network",
      message(tag.instance, ...name("Function"), ...name("globalThis.ran = true")),
    ],
    [
      "a class that was allowed and has no [revive]",
      "does not accept from a network",
      message(tag.instance, ...name("Failure"), 1),
    ],
    [
      "a class by the name of a global",
      "does not accept from a network",
      message(tag.instance, ...name("Object"), 1),
    ],
    [
      "a name of code",
      "does not accept names of code",
      message(tag.export, ...name("node:fs"), 1, ...name("rmSync")),
    ],
    ["a proxy that nobody expects", "does not accept", message(tag.proxy, tag.object, 0)],
    ["state that its class refuses", "cannot be made", message(tag.instance, ...name("Money"), ...name("x"))],
  ])("%s is one SerializationError", (_what, reason, bytes) => {
    expect(refusal(() => receive(bytes, [Money, Failure])).message).toContain(reason);
  });

  test("a thousand levels are a value", () => {
    expect(Array.isArray(receive(nested(1_000)))).toBe(true);
  });

  test("an error cannot be of a class that was allowed and makes no errors", () => {
    const bytes = message(tag.error, ...name("Money"), ...name("x"), ...name("x"), ...name("y"), 0);
    expect(Object.getPrototypeOf(receive(bytes, [Money]))).toBe(Error.prototype);
  });

  test("memory that arrives is its own, and shows nothing of what else has arrived", () => {
    const bytes = send(new Uint8Array([1, 2]));
    const [first, second] = [receive(bytes) as Uint8Array, receive(bytes) as Uint8Array];
    expect(first.buffer.byteLength).toBe(2);
    first[0] = 9;
    expect(second[0]).toBe(1);
    expect(receive(bytes)).toEqual(new Uint8Array([1, 2]));
  });

  test("small messages cannot claim much memory", () => {
    const count = 4_000_000;
    const varint = [
      (count & 0x7f) | 0x80,
      ((count >> 7) & 0x7f) | 0x80,
      ((count >> 14) & 0x7f) | 0x80,
      count >> 21,
    ];
    for (const part of [tag.map, tag.set, tag.array, tag.object]) {
      const bytes = new Uint8Array(2 + varint.length + 2 * count);
      bytes.set([0xcf, tag.array, ...varint]);
      for (let at = 2 + varint.length; at < bytes.length; at += 2) bytes[at] = part;
      const before = process.memoryUsage().heapUsed;
      expect(refusal(() => receive(bytes)).message).toContain("memory");
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(400e6);
    }
  });

  /** A message of so many bytes, zeros after these. Text of no letters and `undefined` come as zeros. */
  const long = (length: number, ...bytes: number[]): Uint8Array => {
    const made = new Uint8Array(length);
    made.set([0xcf, ...bytes]);
    return made;
  };
  const varint = (count: number): number[] =>
    count < 0x80 ? [count] : [(count % 0x80) | 0x80, ...varint(Math.floor(count / 0x80))];

  test.each<[string, number[], number]>([
    ["fields of an object", [tag.object], 9e6],
    ["entries of a Map", [tag.map], 9e6],
    ["members of a Set", [tag.set], 9e6],
    ["fields of an error", [tag.error, ...["", "", "", ""].flatMap(name)], 9e6],
  ])("%s are counted before they are made", (_what, before, count) => {
    expect(refusal(() => receive(long(3 * count + 40, ...before, ...varint(count)))).message).toContain(
      "too much memory",
    );
  });

  test("no message claims more than a gigabyte, however long it is", () => {
    const count = 33_700_000;
    expect(refusal(() => receive(long(134e6, tag.map, ...varint(count)))).message).toContain(
      "too much memory",
    );
  });

  test("what reading a large bigint takes is counted", () => {
    const digits = 4_000_000;
    const made = (length: number, entries: number): Uint8Array => {
      const head = [0xcf, tag.array, 2, tag.bigint, 0, ...varint(length)];
      const map = [tag.map, ...varint(entries)];
      return Buffer.concat([
        Buffer.from(head),
        Buffer.alloc(length, 1),
        Buffer.from(map),
        Buffer.alloc(2 * entries),
      ]);
    };
    // So many entries that the account would just do, were it not for the digits.
    expect(refusal(() => receive(made(digits, 5_940_000))).message).toContain("too much memory");
  });

  test("an error cannot bring what its class does not have", () => {
    const bytes = message(
      tag.error,
      ...name("Function"),
      ...name("Future"),
      ...name("x"),
      ...name("y"),
      1,
      ...name("__proto__"),
      1,
      2,
    );
    const error = receive(bytes) as Error;
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect(Object.hasOwn(error, "__proto__")).toBe(true);
  });

  test("whatever bytes come: a value or one SerializationError, no code, nothing of this side changed", () => {
    const runs = process.env["STRESS"] ? 1_000_000 : 4_000;
    const before = snapshotOfBuiltins();
    const seeds = [
      send({
        list: [1, "two", 3n, null, undefined, { deep: new Map([[{ k: 1 }, new Set([1, 2])]]) }],
        when: new Date(0),
      }),
      send([
        new RangeError("x", { cause: [1] }),
        new Money(3),
        /x/g,
        new URL("a:b"),
        new Float64Array([1, 2]),
      ]),
    ];
    const mutated = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      )
      .map(([seed, changes]) => {
        const bytes = Uint8Array.from(seed);
        for (const [at, value] of changes) bytes[1 + (at % (bytes.length - 1))] = value;
        return bytes;
      });
    const wild = fc.uint8Array({ maxLength: 64 }).map((bytes) => Uint8Array.from([0xcf, ...bytes]));
    fc.assert(
      fc.property(fc.oneof(mutated, wild), (bytes) => {
        try {
          receive(bytes, [Money, Failure]);
        } catch (error) {
          if (!(error instanceof SerializationError)) throw error;
        }
      }),
      { numRuns: runs },
    );
    expect(snapshotOfBuiltins()).toEqual(before);
  });
});

/** The own keys of what a message would have to change to do harm. */
function snapshotOfBuiltins(): unknown[] {
  const watched = [
    Object,
    Object.prototype,
    Function.prototype,
    Array,
    Array.prototype,
    Error.prototype,
    Map.prototype,
    Promise.prototype,
    Symbol,
    globalThis,
    Money,
    Money.prototype,
  ];
  return watched.map((object) => Reflect.ownKeys(object).map(String).sort());
}
