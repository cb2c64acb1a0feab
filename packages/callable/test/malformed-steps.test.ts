import { unpack } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";

/** Packed values that no side of this library packs: their cost is bounded by what came, not by what they say. */

const packed = (...steps: object[]): unknown => ({ "\u0000concurrent-futures.packed": 1, root: [], steps });

describe("a packed value of the program's own workers", () => {
  test.each<[string, unknown]>([
    [
      "a buffer of bytes that are not there",
      packed({ op: "buffer", to: 0, bytes: { buffer: { length: 2 ** 24 } } }),
    ],
    ["a buffer of nothing", packed({ op: "buffer", to: 0, bytes: null })],
    [
      "entries that are not there",
      packed(
        { op: "instance", to: 0, of: -1, base: "object" },
        { op: "entries", of: new Map(), entries: { length: 2 ** 24 } },
      ),
    ],
  ])("with %s is refused", async (_what, value) => {
    await expect((async () => await unpack(value))()).rejects.toBeInstanceOf(SerializationError);
  });
});
