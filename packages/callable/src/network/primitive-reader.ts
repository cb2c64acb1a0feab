import type { Buffer } from "node:buffer";
import type { ExportName } from "./export-name.ts";
import { tags } from "./format.ts";
import { malformed } from "./malformed.ts";
import type { MemoryAccount } from "./memory-account.ts";
import { Reader } from "./reader.ts";

/** Reads the parts of a message that hold no other values. */
export class PrimitiveReader extends Reader {
  readonly #account: MemoryAccount;

  constructor(bytes: Buffer, account: MemoryAccount) {
    super(bytes);
    this.#account = account;
  }

  integer(): number {
    const zigzag = this.varint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  bigint(): bigint {
    const negative = this.byte() === 1;
    const hex = this.bytes().toString("hex");
    this.#account.charge(hex.length);
    const magnitude = hex === "" ? 0n : BigInt(`0x${hex}`);
    return negative ? -magnitude : magnitude;
  }

  textOf(tag: number): string {
    return tag === tags.text ? this.text() : this.bytes().toString("utf16le");
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  /** A text where nothing else may stand. */
  taggedText(): string {
    const tag = this.byte();
    if (tag !== tags.text && tag !== tags.text16) throw malformed("a name in it is not a string");
    return this.textOf(tag);
  }

  /** A copy of the next bytes. */
  buffer(): ArrayBuffer {
    const bytes = this.bytes();
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  }

  exportName(): ExportName {
    const module = this.taggedText();
    const count = this.count(2);
    const path: string[] = [];
    for (let at = 0; at < count; at++) path.push(this.taggedText());
    return { module, path };
  }
}
