import { FuturesError } from "@concurrent-futures/core";
import { SharedMemoryError, sharedBuffer } from "@concurrent-futures/shared-memory";
import { Arena, SharedBuffer } from "@concurrent-futures/shared-memory/arena";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { nodeOf } from "../../nodes/nodes.mjs";
import { runFixture } from "./support/run.ts";

const reduce = Symbol.for("concurrent-futures.reduce");
const revive = Symbol.for("concurrent-futures.revive");

interface Travels {
  [reduce](): Float64Array;
}
const arrive = (ticket: unknown): ArrayBuffer =>
  (SharedBuffer as unknown as Record<symbol, (ticket: unknown) => ArrayBuffer>)[revive]!(ticket);
const leave = (buffer: ArrayBuffer): Float64Array => (buffer as ArrayBuffer & Travels)[reduce]();

describe("a shared buffer", () => {
  const buffer = sharedBuffer(1000);

  test("is an ArrayBuffer of zeros, on which typed arrays and Atomics work", () => {
    expect(buffer).toBeInstanceOf(ArrayBuffer);
    expect(buffer.byteLength).toBe(1000);
    expect(new Uint8Array(buffer).every((byte) => byte === 0)).toBe(true);
    expect(Atomics.add(new Int32Array(buffer), 3, 5)).toBe(0);
    expect(Atomics.load(new Int32Array(buffer), 3)).toBe(5);
  });

  test("that comes back is the same object", () => {
    expect(arrive(leave(buffer))).toBe(buffer);
    expect(arrive(structuredClone(leave(buffer)))).toBe(buffer);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53, "8", undefined])("of %p bytes is refused", (bytes) => {
    expect(() => sharedBuffer(bytes as number)).toThrow(
      expect.objectContaining({ code: "ERR_OUT_OF_RANGE" }),
    );
  });

  test("is told from what is no message of ours, whatever is in it", () => {
    const ticket = [...leave(buffer)];
    const wrong = (value: unknown): void => {
      expect(() => arrive(value)).toThrow(SharedMemoryError);
    };
    for (const value of [undefined, null, 1, "x", {}, [], ticket, Float64Array.of(1), new Float64Array(10)])
      wrong(value);
    // The last three only name the message and how it was made.
    const place = fc.integer({ min: 0, max: 6 });
    const number = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.maxSafeInteger(),
      fc.constantFrom(0, -1, 1, 2, 3, 5),
    );
    fc.assert(
      fc.property(place, number, (at, value) => {
        fc.pre(value !== ticket[at] && !(at === 1 || at === 2));
        // Another block of this program has a number near this one's, and is no stranger.
        fc.pre(at !== 5 || Math.abs(value - (ticket[at] as number)) > 1000);
        wrong(Float64Array.from(ticket, (old, index) => (index === at ? value : old)));
      }),
    );
    fc.assert(
      fc.property(fc.array(number, { minLength: 10, maxLength: 10 }), (all) => wrong(Float64Array.from(all))),
    );
  });

  test("is not freed by messages that arrive twice, or claim to have", () => {
    const ticket = leave(buffer);
    for (let times = 0; times < 5; times++) arrive(ticket);
    const { arena, block } = SharedBuffer.placeOf(buffer)!;
    for (let hold = 0; hold < 20; hold++) {
      for (let serial = 0; serial < 4; serial++) {
        if (hold !== SharedBuffer.placeOf(buffer)!.hold.hold) arena.release({ hold: hold + 1000, serial });
      }
    }
    expect(arena.take(block.block, block.serial)).toBeDefined();
  });

  test("comes from the one arena of this process", () => {
    expect(SharedBuffer.placeOf(sharedBuffer(1))?.arena).toBe(Arena.own());
    expect(SharedBuffer.placeOf(new ArrayBuffer(1))).toBeUndefined();
  });
});

describe("where processes cannot share memory", () => {
  const refused = (flags: readonly string[]): Promise<unknown> => runFixture("refused.mjs", [], { flags });

  test("an untested system is refused by name", async () => {
    const told = await refused([
      "--import",
      "data:text/javascript,Object.defineProperty(process,'arch',{value:'arm64'})",
    ]);
    expect(told).toEqual({
      code: "ERR_SHARED_MEMORY_UNAVAILABLE",
      message: expect.stringContaining("linux on arm64"),
    });
  });

  test("a program without permission for native code is told what to allow", async () => {
    const flag = ["--permission", "--experimental-permission"].find((one) =>
      process.allowedNodeEnvironmentFlags.has(one),
    );
    const told = await refused([flag as string, "--allow-fs-read=*"]);
    expect(told).toEqual({
      code: "ERR_SHARED_MEMORY_UNAVAILABLE",
      message: expect.stringContaining("--allow-addons"),
    });
  });

  const [node22, node26] = [nodeOf(22), nodeOf(26)];
  const withBoth = node22 === undefined || node26 === undefined ? test.skip : test;
  withBoth("node:ffi is used on request, and refused where Node has none", async () => {
    const env = { CONCURRENT_FUTURES_FFI: "node" };
    expect(await runFixture("refused.mjs", [], { env, node: node22 as string })).toEqual({
      code: "ERR_SHARED_MEMORY_UNAVAILABLE",
      message: expect.stringContaining("koffi"),
    });
    expect(await runFixture("refused.mjs", [], { env, node: node26 as string })).toBe("made");
  });

  const withFfi = node26 === undefined ? test.skip : test;
  withFfi.each([
    ["transferred", { value: 5, cloned: true }],
    ["killed", { before: true, after: false }],
    ["thread", { before: true, after: false }],
    ["bell", { value: 9 }],
    ["full", { code: "ERR_SHARED_MEMORY_FULL" }],
  ])("by node:ffi as by koffi: %s", async (name, outcome) => {
    const env = { CONCURRENT_FUTURES_FFI: "node" };
    const options = { env, node: node26 as string, flags: ["--expose-gc"] };
    expect(await runFixture("lives.mjs", [name], options)).toMatchObject(outcome);
  });

  test("the error is one of the library's", () => {
    expect(new SharedMemoryError("ERR_SHARED_MEMORY_GONE", "x")).toBeInstanceOf(FuturesError);
  });
});
