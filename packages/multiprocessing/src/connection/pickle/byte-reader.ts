import { refusal } from "./refusal.ts";

/** `ignoreBOM` keeps a leading U+FEFF, which is part of the string. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const newline = 0x0a;

/** Reads a message from its beginning; each length is compared with what is left before anything is made of it. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** A length of 8 bytes. One beyond 2**53 is longer than any message, in whatever way it is rounded. */
  length64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A view of the next bytes, not a copy. */
  view(length: number): Uint8Array {
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(length: number): string {
    const bytes = this.view(length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw refusal("a string in it is not UTF-8 (lone surrogates are not)");
    }
  }

  /** Up to the next line feed, which is taken, too. */
  line(): string {
    const end = this.#bytes.indexOf(newline, this.#at);
    if (end === -1) throw refusal("a name in it has no end");
    const text = this.text(end - this.#at);
    this.#at += 1;
    return text;
  }

  #skip(length: number): number {
    if (length > this.left) throw refusal(`it says that ${length} bytes follow, and ${this.left} are left`);
    const from = this.#at;
    this.#at += length;
    return from;
  }
}
