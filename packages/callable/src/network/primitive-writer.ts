import { Buffer } from "node:buffer";
import { types } from "node:util";
import type { ExportName } from "./export-name.ts";
import { tags, views } from "./format.ts";
import { Writer } from "./writer.ts";

/** Writes the parts of a message that hold no other values, with their tags. */
export class PrimitiveWriter extends Writer {
  anyNumber(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.byte(tags.integer);
      this.varint(value < 0 ? -2 * value - 1 : 2 * value);
    } else {
      this.byte(tags.number);
      this.number(value);
    }
  }

  taggedText(value: string): void {
    const isWhole = (value as string & { isWellFormed(): boolean }).isWellFormed();
    this.byte(isWhole ? tags.text : tags.text16);
    this.text(value, isWhole ? "utf8" : "utf16le");
  }

  bigint(value: bigint): void {
    const hex = (value < 0n ? -value : value).toString(16);
    this.byte(tags.bigint);
    this.byte(value < 0n ? 1 : 0);
    this.bytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
  }

  exportName({ module, path }: ExportName): void {
    this.byte(tags.export);
    this.taggedText(module);
    this.varint(path.length);
    for (const step of path) this.taggedText(step);
  }

  /** A date, a regular expression or binary data. False, and nothing written, for anything else. */
  leaf(value: object): boolean {
    if (types.isDate(value)) {
      this.byte(tags.date);
      this.number(Date.prototype.getTime.call(value));
    } else if (types.isRegExp(value)) {
      this.byte(tags.regexp);
      this.taggedText(value.source);
      this.taggedText(value.flags);
    } else if (types.isArrayBuffer(value)) {
      this.byte(tags.buffer);
      this.bytes(new Uint8Array(value as ArrayBuffer));
    } else if (ArrayBuffer.isView(value)) {
      return this.view(value, Object.prototype.toString.call(value).slice(8, -1));
    } else return false;
    return true;
  }

  /** A view of the kind with this name. False, and nothing written, for a kind that the format does not know. */
  view({ buffer, byteOffset, byteLength }: ArrayBufferView, name: string): boolean {
    const kind = (views as readonly string[]).indexOf(name);
    if (kind < 0) return false;
    this.byte(tags.view);
    this.byte(kind);
    this.bytes(new Uint8Array(buffer, byteOffset, byteLength));
    return true;
  }
}
