import type { Buffer } from "node:buffer";
import { malformed } from "./malformed.ts";

/** Reads the bytes of a message and never past their end. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.left < 1) throw malformed("it ends too early");
    return this.#bytes[this.#at++] as number;
  }

  varint(): number {
    let value = 0;
    for (let unit = 1; unit < 2 ** 49; unit *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw malformed("a number in it has no end");
  }

  /** A number of things that follow, each of which takes `least` bytes or more. */
  count(least = 1): number {
    const count = this.varint();
    if (count * least > this.left) throw malformed(`it announces ${count} parts and ends before them`);
    return count;
  }

  number(): number {
    if (this.left < 8) throw malformed("it ends too early");
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** A view of the next bytes, of which the message says the length. */
  bytes(): Buffer {
    const length = this.count();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
