import { Buffer } from "node:buffer";
import { SerializationError } from "@concurrent-futures/core";
import { Client, Listener, type SocketConnection } from "@concurrent-futures/multiprocessing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";

/** Messages in Python's form: what is read, what is refused, and that nothing else comes of it. */

let listener: Listener;
let here: SocketConnection;
let peer: SocketConnection;

beforeAll(async () => {
  listener = await new Listener({ format: "pickle" }).ready();
  [here, peer] = await Promise.all([listener.accept(), Client(listener.address, { format: "pickle" })]);
});

afterAll(async () => {
  peer.close();
  here.close();
  await listener.close();
});

/** What `recv()` makes of these bytes. */
async function received(bytes: Uint8Array): Promise<unknown> {
  await peer.sendBytes(bytes);
  return here.recv();
}

const hex = (digits: string): Uint8Array => Buffer.from(digits.replaceAll(" ", ""), "hex");
const ascii = (text: string): string => Buffer.from(text).toString("hex");

/** Sends it, and gives what arrives. */
async function roundTrip(value: unknown): Promise<unknown> {
  await peer.send(value);
  return here.recv();
}

describe("what is sent arrives", () => {
  test.each([
    ["null", null],
    ["booleans", [true, false]],
    ["integers", [0, 1, -1, 255, 65536, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1]],
    ["floats", [0.5, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, 1e300]],
    ["bigints", [2n ** 53n, -(2n ** 64n), 2n ** 2048n, -(2n ** 4096n)]],
    ["strings", ["", "ä\u{1f600}", "\ufefffirst", "x".repeat(70_000)]],
    ["bytes", [new Uint8Array(0), new Uint8Array(300).fill(7)]],
    [
      "a Map",
      new Map<unknown, unknown>([
        [1, "a"],
        ["b", [2]],
        [null, new Map()],
      ]),
    ],
    ["a Set", new Set(["a", 1, null])],
    ["200,000 items", Array.from({ length: 200_000 }, (_, at) => at)],
  ])("%s", async (_name, value) => {
    expect(await roundTrip(value)).toEqual(value);
  });

  test("plain objects as Maps, undefined and holes as null", async () => {
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested.
    expect(await roundTrip({ a: undefined, b: [1, , 2] })).toEqual(
      new Map<string, unknown>([
        ["a", null],
        ["b", [1, null, 2]],
      ]),
    );
  });

  test("what was one object is one object, cycles too", async () => {
    const list: unknown[] = [];
    list.push(list, new Map([["list", list]]));
    const got = (await roundTrip(list)) as [unknown, Map<string, unknown>];
    expect(got[0]).toBe(got);
    expect(got[1].get("list")).toBe(got);
  });

  test("30 doublings take no 2**30 items, as a value or as a key", async () => {
    let value: unknown[] = [1];
    for (let at = 0; at < 30; at++) value = [value, value];
    await roundTrip(value);
    await roundTrip(new Set([value]));
  });

  test("any plain data", async () => {
    const key = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.bigInt({ min: 2n ** 60n }));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        key,
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array(),
        fc.array(tie("tree")),
        fc.array(fc.tuple(key, tie("tree"))).map((entries) => new Map(entries)),
        fc.array(key).map((items) => new Set(items)),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async (value) => expect(await roundTrip(value)).toEqual(value)),
      { numRuns: 200 },
    );
  });
});

describe("what is no plain data is refused by send(), by its path", () => {
  class Point {}
  test.each([
    ["a date", { when: [new Date(0)] }, /the message\["when"\]\[0\].*Date/],
    ["a function", [() => 1], /the message\[0\].*function/],
    ["a symbol", Symbol("s"), /symbol/],
    ["an instance", new Point(), /Point/],
    ["an error", new Error("e"), /Error/],
    ["another typed array", new Float64Array(1), /Float64Array/],
    ["a lone surrogate", "\ud800", /lone surrogate/],
    ["a Map as a key", new Map([[new Map(), 1]]), /hash/],
    ["a long integer", 2n ** 600_000n, /integer of/],
  ])("%s", async (_name, value, message) => {
    const refused = peer.send(value);
    await expect(refused).rejects.toThrow(SerializationError);
    await expect(refused).rejects.toThrow(message);
  });

  test("a million levels", async () => {
    let value: unknown = 1;
    for (let at = 0; at < 1_000_000; at++) value = [value];
    await expect(peer.send(value)).rejects.toThrow(/too deeply/);
  });
});

describe("a message that is more than plain data, or none", () => {
  const name = (module: string, name: string) =>
    `8c${Buffer.of(module.length).toString("hex")}${ascii(module)}8c${Buffer.of(name.length).toString("hex")}${ascii(name)}93`;
  test.each([
    ["nothing", "", /protocol/],
    ["garbage", "ff0f", /protocol/],
    ["protocol 1", "8001 4e2e", /protocol 1/],
    ["protocol 6", "8006 4e2e", /protocol 6/],
    ["no end", "8004 4e", /0 are left/],
    ["bytes after the end", "8004 4e2e 4e", /follows its end/],
    ["two values", "8004 4e4e2e", /more than one/],
    ["no value", "8004 2e", /not there/],
    ["only a mark", "8004 282e", /not there/],
    ["an open mark", "8004 4e282e", /not there/],
    ["a string longer than the message", "8004 58 ffffffff 2e", /4294967295 bytes follow/],
    ["a bytes object of 2**63", "8004 8e 0000000000000080 2e", /bytes follow/],
    ["a frame longer than the message", "8004 95 ff00000000000000 4e2e", /frame/],
    ["append to a dict", "8004 7d 4e 61 2e", /not a list/],
    ["append to a tuple", "8004 29 4e 61 2e", /not a list/],
    ["items of a list", "8004 5d 284e4e75 2e", /not a dict/],
    ["a key without a value", "8004 7d 28 4e 75 2e", /no value/],
    ["items into a list as a set", "8004 5d 28 4e 90 2e", /not a set/],
    ["a pop below a mark", "8004 4e 28 85 2e", /not there/],
    ["items without a mark", "8004 5d 65 2e", /mark/],
    ["a memo number out of order", "8004 4e 72 ffffff7f 2e", /out of order/],
    ["an unknown memo number", "8004 68 00 2e", /not remembered/],
    ["bad UTF-8", "8004 8c03 eda080 2e", /UTF-8/],
    ["os.system", `8004 63${ascii("posix\nsystem\n")} 8c0169 85 52 2e`, /posix\.system" would be called/],
    ["builtins.eval, by strings", `8004 ${name("builtins", "eval")} 8c0131 85 52 2e`, /builtins\.eval/],
    ["a class as a value", `8004 ${name("builtins", "set")} 2e`, /not plain data/],
    ["a class in a list", `8004 5d ${name("builtins", "set")} 61 2e`, /not plain data/],
    ["a class in a tuple", `8004 ${name("builtins", "set")} 85 2e`, /not plain data/],
    ["a class from the memo", `8004 5d ${name("builtins", "set")} 94 30 2e`, /POP/],
    ["set(5)", `8004 ${name("builtins", "set")} 4b05 85 52 2e`, /something else than a list/],
    ["bytearray(2 ** 30)", `8004 ${name("builtins", "bytearray")} 4a00000040 85 52 2e`, /than bytes/],
    ["set with a list of arguments", `8004 ${name("builtins", "set")} 5d 52 2e`, /arguments/],
    ["a call of a number", "8004 4b05 29 52 2e", /not a class/],
    ["BUILD", "8004 4e4e62 2e", /BUILD/],
    ["NEWOBJ", "8004 4e29 81 2e", /NEWOBJ/],
    ["INST", `8004 2869${ascii("os\nsystem\n")} 2e`, /INST/],
    ["PERSID", `8004 50${ascii("1\n")} 2e`, /PERSID/],
    ["EXT1", "8004 8201 2e", /EXT1/],
    ["NEXT_BUFFER", "8005 97 2e", /NEXT_BUFFER/],
    ["a text opcode", `8004 49${ascii("1\n")} 2e`, /INT/],
    ["an unknown opcode", "8004 00 2e", /0x00/],
    ["an integer of 64 KiB and a byte", `8004 8b 01000100 ${"01".repeat(65_537)} 2e`, /integer/],
  ])("%s: refused, and the connection goes on", async (_name, digits, message) => {
    const refused = received(hex(digits));
    await expect(refused).rejects.toThrow(SerializationError);
    await expect(refused).rejects.toThrow(message);
    expect(await roundTrip("next")).toBe("next");
  });

  test("more than a million containers: refused", async () => {
    const lists = Buffer.concat([hex("8004 5d 28"), Buffer.alloc(1_000_001, 0x5d), hex("65 2e")]);
    await expect(received(lists)).rejects.toThrow(/more than 1000000/);
  });

  test("sets, frozensets and bytearrays of protocol 2 and 3 are calls that are taken", async () => {
    const call = (kind: string, argument: string) =>
      received(hex(`8003 63${ascii(`builtins\n${kind}\n`)} ${argument} 85 52 2e`));
    expect(await call("set", "5d 4b01 61")).toEqual(new Set([1]));
    expect(await call("frozenset", "5d")).toEqual(new Set());
    expect(await call("bytearray", "43 02 0102")).toEqual(Uint8Array.of(1, 2));
  });

  test("a million nested lists are read: depth needs no stack", async () => {
    const levels = 999_999;
    await received(
      Buffer.concat([hex("8004"), Buffer.alloc(levels, 0x5d), Buffer.alloc(levels - 1, 0x61), hex("2e")]),
    );
  });

  test("whatever arrives is a value or a SerializationError", async () => {
    const opcodes = fc.constantFrom(
      ...hex(
        "95 2e 4e 88 89 4b 4d 4a 8a 8b 47 8c 58 8d 43 42 8e 96 5d 61 65 29 85 86 87 74 7d 73 75 8f 90 91 28 94 71 68 63 93 52",
      ),
    );
    const body = fc.array(fc.oneof({ weight: 4, arbitrary: opcodes }, fc.integer({ min: 0, max: 255 })));
    await fc.assert(
      fc.asyncProperty(body, async (codes) => {
        const got = await received(Uint8Array.of(0x80, 4, ...codes, 0x2e)).catch((error: unknown) => error);
        if (got instanceof Error) expect(got).toBeInstanceOf(SerializationError);
      }),
      { numRuns: 2_000 },
    );
  });
});

test("another format is refused by name", async () => {
  expect(() => new Listener({ format: "json" as "pickle" })).toThrow(/format is "json"/);
  await expect(Client(["127.0.0.1", 1], { format: "json" as "pickle" })).rejects.toThrow(/format is "json"/);
});
