import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { makeProxy } from "../dist/managers/proxy.js";
import { unpackValue } from "../dist/managers/proxy-values.js";

/** What messages of another machine can make this side do and keep for the proxies in them. */

class Marker {
  readonly exposed: readonly string[];
  readonly builtin: string;
  constructor(exposed: readonly string[], builtin = "") {
    this.exposed = exposed;
    this.builtin = builtin;
  }
}

const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, number) => `${prefix}${number}`);

/** The proxies of a message that has one for each marker. */
function received(markers: readonly Marker[]): object[] {
  const address = ["127.0.0.1", 1];
  const bytes = encodeForNetwork(markers, {
    name: "a message",
    proxyState: (item) =>
      item instanceof Marker
        ? { address, id: "x", type: "list", exposed: item.exposed, builtin: item.builtin }
        : undefined,
  });
  return unpackValue(bytes, { medium: "network", peer: ["127.0.0.1", 2] }, makeProxy) as object[];
}

describe("proxies in a message", () => {
  test("of one list of names cost their bytes, and not the list for each", () => {
    const exposed = names(1_000, "method");
    const before = process.cpuUsage();
    expect(received(Array.from({ length: 40_000 }, () => new Marker(exposed)))).toHaveLength(40_000);
    const { user, system } = process.cpuUsage(before);
    // Three seconds when each looked through the list.
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });

  test("of many long lists of names are refused: each method takes memory", () => {
    const lists = Array.from({ length: 400 }, (_, number) => new Marker(names(1_000, `${number}.`)));
    expect(() => received(lists)).toThrow(SerializationError);
    expect(received(lists.slice(0, 20))).toHaveLength(20);
  });

  test("of types that nobody knows share what is made for their names", () => {
    const exposed = ["append"];
    const all = received(["x", "y", "constructor", "__proto__", ""].map((type) => new Marker(exposed, type)));
    const [first] = all;
    for (const each of all) expect(Object.getPrototypeOf(each)).toBe(Object.getPrototypeOf(first));
    expect(Symbol.asyncIterator in (first as object)).toBe(false);
  });

  test.each([
    ["more than a thousand names", names(1_001, "m")],
    ["names of more than 64 KB", ["m".repeat(65_537)]],
    ["names that are none", [5]],
  ])("with %s are refused", (_what, exposed) => {
    expect(() => received([new Marker(exposed as string[])])).toThrow(SerializationError);
  });

  test("leave the makers of the latest 256 lists behind, and no more", () => {
    const prototype = (name: string): unknown => {
      const [proxy] = received([new Marker([name])]);
      return Object.getPrototypeOf(proxy);
    };
    const first = prototype("first");
    for (let number = 0; number < 255; number++) prototype(`other${number}`);
    expect(prototype("first")).toBe(first);
    prototype("one more");
    expect(prototype("first")).not.toBe(first);
  });
});
