import { reduce, revive } from "@concurrent-futures/callable";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { expect, test } from "@jest/globals";

test("a small message keeps nothing but its own bytes in memory", () => {
  const small = encodeForNetwork([1, "two"], { name: "it" });
  expect(small.buffer.byteLength).toBe(small.byteLength);
});

test("a message is its own, whatever is written while it is written or after it", () => {
  class Outer {
    readonly text: string;
    constructor(text: string) {
      this.text = text;
    }
    [reduce](): Uint8Array {
      // A message within a message.
      return encodeForNetwork({ inner: this.text }, { name: "inner" });
    }
    static [revive](bytes: Uint8Array): Outer {
      return new Outer((decodeFromNetwork(bytes) as { inner: string }).inner);
    }
  }
  const texts = ["a", "b".repeat(2_000), "c"];
  const messages = texts.map((text) => encodeForNetwork([text, new Outer(text)], { name: "it" }));
  const allow = new Map([["Outer", Outer]]);
  expect(messages.map((bytes) => decodeFromNetwork(bytes, { allow }))).toEqual(
    texts.map((text) => [text, new Outer(text)]),
  );
});
