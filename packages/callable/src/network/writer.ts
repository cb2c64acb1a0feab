import { Buffer } from "node:buffer";

/** Bytes that a message begins with. A small one is copied out of them: it would keep all of them in memory for as long as it waits. */
const scratchSize = 1_024;
/** What the last writer has left: most messages are small, and one is written at a time. */
let scratch: Buffer | undefined;

/** Bytes that grow as they are written. */
export class Writer {
  #bytes: Buffer;
  #at = 0;

  constructor() {
    this.#bytes = scratch ?? Buffer.allocUnsafeSlow(scratchSize);
    // A value that is written may write another one, in its `[reduce]`.
    scratch = undefined;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  number(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Text with its length; `encoding` is "utf8" or "utf16le". */
  text(value: string, encoding: BufferEncoding = "utf8"): void {
    const length = Buffer.byteLength(value, encoding);
    this.varint(length);
    this.#room(length);
    this.#at += this.#bytes.write(value, this.#at, length, encoding);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.byteLength);
    this.#room(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }

  /** All that was written. Nothing is written after it. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    if (bytes.length !== scratchSize) return bytes.subarray(0, this.#at);
    const copy = new Uint8Array(this.#at);
    bytes.copy(copy, 0, 0, this.#at);
    scratch = bytes;
    return copy;
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
