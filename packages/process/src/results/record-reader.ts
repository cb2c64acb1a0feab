import type { Buffer } from "node:buffer";
import { deepestRecord, isForbiddenKey, mostKeys, mostShapes, smallIntegers, tags } from "./record-format.ts";

/** Texts up to this length are put together here: a call of the engine takes longer. Longer ones would be ropes. */
const shortest = 12;

/** The keys of an object, and one that has them. */
interface Shape {
  readonly keys: readonly string[];
  readonly empty: Readonly<Record<string, unknown>>;
}

const { defineProperty } = Object;
const { fromCharCode } = String;

/**
 * Reads what a `RecordWriter` has written. The worker may have written anything, and may be writing while it is read: each length is held
 * against the bytes that there are, nothing is made that they could not hold, and no key can reach a prototype.
 */
export class RecordReader {
  readonly #shapes: Shape[] = [];
  readonly #number: Float64Array = new Float64Array(1);
  readonly #numberBytes: Uint8Array = new Uint8Array(this.#number.buffer);
  #bytes: Buffer | undefined;
  #at = 0;
  #end = 0;

  /** The result that these bytes are. Its keys stay known for those that follow. @throws Error for bytes that are none */
  read(bytes: Buffer, from: number, end: number): unknown {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
    const value = this.#value(0);
    if (this.#at !== end) throw malformed();
    return value;
  }

  #value(depth: number): unknown {
    const tag = this.#byte();
    if (tag >= smallIntegers) return tag - smallIntegers;
    switch (tag) {
      case tags.undefined:
        return undefined;
      case tags.null:
        return null;
      case tags.false:
        return false;
      case tags.true:
        return true;
      case tags.integer:
        return this.#word();
      case tags.number:
        return this.#double();
      case tags.shortText:
        return this.#text(this.#byte());
      case tags.text:
        return this.#text(this.#word());
      case tags.wideText:
        return this.#wideText(this.#word());
      case tags.array:
        return this.#array(this.#byte() | (this.#byte() << 8), depth);
      case tags.newShape:
        return this.#object(this.#newShape(this.#byte()), depth);
      case tags.object:
        return this.#object(this.#shapes[this.#byte()], depth);
      case tags.date:
        return new Date(this.#double());
      default:
        throw malformed();
    }
  }

  #object(shape: Shape | undefined, depth: number): unknown {
    if (shape === undefined || depth === deepestRecord) throw malformed();
    const { keys, empty } = shape;
    // It has its keys before anything is put there: an assignment that made one would ask its prototypes first.
    const made: Record<string, unknown> = { ...empty };
    for (let at = 0; at < keys.length; at++) made[keys[at] as string] = this.#value(depth + 1);
    return made;
  }

  #array(length: number, depth: number): unknown[] {
    if (depth === deepestRecord) throw malformed();
    // Each item has a tag at least.
    this.#need(length);
    const made: unknown[] = [];
    for (let at = 0; at < length; at++) made.push(this.#value(depth + 1));
    return made;
  }

  #newShape(count: number): Shape {
    if (count > mostKeys || this.#shapes.length === mostShapes) throw malformed();
    const keys: string[] = [];
    const empty: Record<string, unknown> = {};
    for (let at = 0; at < count; at++) {
      const key = this.#value(deepestRecord);
      if (typeof key !== "string" || isForbiddenKey(key)) throw malformed();
      keys.push(key);
      defineProperty(empty, key, { value: undefined, writable: true, enumerable: true, configurable: true });
    }
    const shape = { keys, empty };
    this.#shapes.push(shape);
    return shape;
  }

  #text(length: number): string {
    this.#need(length);
    const bytes = this.#bytes as Buffer;
    const from = this.#at;
    this.#at += length;
    if (length > shortest) return bytes.toString("latin1", from, from + length);
    let text = "";
    for (let at = from; at < from + length; at++) text += fromCharCode(bytes[at] as number);
    return text;
  }

  #wideText(length: number): string {
    this.#need(2 * length);
    const from = this.#at;
    this.#at += 2 * length;
    return (this.#bytes as Buffer).toString("utf16le", from, this.#at);
  }

  #need(count: number): void {
    if (!(count >= 0 && count <= this.#end - this.#at)) throw malformed();
  }

  #byte(): number {
    if (this.#at >= this.#end) throw malformed();
    return (this.#bytes as Buffer)[this.#at++] as number;
  }

  #word(): number {
    this.#need(4);
    const bytes = this.#bytes as Buffer;
    const at = this.#at;
    this.#at = at + 4;
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    );
  }

  #double(): number {
    this.#need(8);
    const bytes = this.#bytes as Buffer;
    for (let at = 0; at < 8; at++) this.#numberBytes[at] = bytes[this.#at + at] as number;
    this.#at += 8;
    return this.#number[0] as number;
  }
}

function malformed(): Error {
  return new Error("The worker has written down a result that is none");
}
