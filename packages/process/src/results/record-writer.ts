import { Buffer } from "node:buffer";
import { types } from "node:util";
import { deepestRecord, isForbiddenKey, mostKeys, mostShapes, smallIntegers, tags } from "./record-format.ts";

/** Objects in one value: each is looked for among those before it, since what is one object must arrive as one. */
const mostObjects = 64;
const longestArray = 256;

/** Longer texts are written by the engine: to call it takes as long as this many characters. */
const shortText = 32;

// As they are when the worker starts: a task may replace them.
const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn, keys, prototype: objectPrototype } = Object;
const { isArray, prototype: arrayPrototype } = Array;
const { prototype: datePrototype } = Date;
const { isArgumentsObject, isDate, isProxy } = types;
const { byteLength } = Buffer;
const { call } = Function.prototype;
const charCodeAt = call.bind(String.prototype.charCodeAt) as (text: string, at: number) => number;
const getTime = call.bind(Date.prototype.getTime) as (date: Date) => number;
const write = call.bind(Buffer.prototype.write) as (
  buffer: Buffer,
  text: string,
  at: number,
  length: number,
  encoding: BufferEncoding,
) => number;

/**
 * Writes results down: plain objects, arrays, texts, numbers and the like, as nearly all results are. It takes a third of what structured
 * clone does, and asks no prototype for a method, which the task may have replaced.
 */
export class RecordWriter {
  readonly #bytes: Buffer;
  readonly #mayRunCode: boolean;
  #at = 0;
  #limit = 0;
  #shapes: string[][] = [];
  // By level, the number of the keys that were met there last.
  readonly #lastShapes: number[] = [];
  readonly #seen: object[] = [];
  #seenCount = 0;
  readonly #number: Float64Array = new Float64Array(1);
  readonly #numberBytes: Uint8Array = new Uint8Array(this.#number.buffer);

  /**
   * @param mayRunCode - whether getters may run while a result is written; otherwise it is not taken.
   */
  constructor(bytes: Buffer, mayRunCode: boolean) {
    this.#bytes = bytes;
    this.#mayRunCode = mayRunCode;
  }

  /** A batch begins: no keys are known. */
  begin(): void {
    if (this.#shapes.length > 0) this.#shapes = [];
  }

  /**
   * Writes a result from one place up to another at most.
   *
   * @returns where it ends; -1 when the value is large or special, and nothing counts as written.
   */
  write(value: unknown, from: number, limit: number): number {
    const shapes = this.#shapes.length;
    this.#at = from;
    this.#limit = limit;
    this.#seenCount = 0;
    let written = false;
    try {
      written = this.#value(value, 0);
    } catch {
      // A getter has thrown. The value is packed for a message next, which says so.
    }
    for (let at = 0; at < this.#seenCount; at++) this.#seen[at] = objectPrototype;
    if (written) return this.#at;
    this.#shapes.length = shapes;
    return -1;
  }

  #value(value: unknown, depth: number): boolean {
    // Room for whatever has a fixed length.
    if (this.#limit - this.#at < 9) return false;
    switch (typeof value) {
      case "number":
        if ((value | 0) !== value || (value === 0 && 1 / value < 0)) this.#double(tags.number, value);
        else if (value >= 0 && value < smallIntegers) this.#byte(smallIntegers + value);
        else {
          this.#byte(tags.integer);
          this.#word(value);
        }
        return true;
      case "string":
        return this.#text(value);
      case "boolean":
        this.#byte(value ? tags.true : tags.false);
        return true;
      case "undefined":
        this.#byte(tags.undefined);
        return true;
      case "object":
        if (value !== null) return this.#object(value, depth);
        this.#byte(tags.null);
        return true;
      default:
        return false;
    }
  }

  #object(value: object, depth: number): boolean {
    if (depth === deepestRecord || isProxy(value) || !this.#isNew(value)) return false;
    const prototype: unknown = getPrototypeOf(value);
    if (prototype === objectPrototype) return this.#plain(value as Record<string, unknown>, depth);
    if (prototype === arrayPrototype && isArray(value)) return this.#array(value, depth);
    if (prototype !== datePrototype || !isDate(value)) return false;
    this.#double(tags.date, getTime(value));
    return true;
  }

  #plain(value: Record<string, unknown>, depth: number): boolean {
    const names = keys(value);
    const count = names.length;
    if (count > mostKeys || isArgumentsObject(value)) return false;
    const shape = this.#shapeOf(names, depth);
    if (shape >= 0) {
      this.#byte(tags.object);
      this.#byte(shape);
    } else if (!this.#newShape(names, depth)) return false;
    for (let at = 0; at < count; at++) {
      const name = names[at] as string;
      if (!this.#mayRunCode) {
        const property = getOwnPropertyDescriptor(value, name);
        if (property === undefined || property.get !== undefined || property.set !== undefined) return false;
      }
      if (!this.#value(value[name], depth + 1)) return false;
    }
    return true;
  }

  #array(value: readonly unknown[], depth: number): boolean {
    const { length } = value;
    // It may have holes, and fields with names.
    if (length > longestArray || keys(value).length !== length) return false;
    this.#byte(tags.array);
    this.#byte(length);
    this.#byte(length >>> 8);
    for (let at = 0; at < length; at++) {
      const item = value[at];
      if (item === undefined && !hasOwn(value, at)) return false;
      if (!this.#value(item, depth + 1)) return false;
    }
    return true;
  }

  /** The number of these keys, -1 for new ones. */
  #shapeOf(names: readonly string[], depth: number): number {
    const last = this.#lastShapes[depth];
    if (last !== undefined && this.#isShape(last, names)) return last;
    for (let shape = 0; shape < this.#shapes.length; shape++) {
      if (!this.#isShape(shape, names)) continue;
      this.#lastShapes[depth] = shape;
      return shape;
    }
    return -1;
  }

  #isShape(shape: number, names: readonly string[]): boolean {
    const known = this.#shapes[shape];
    if (known === undefined || known.length !== names.length) return false;
    for (let at = 0; at < names.length; at++) if (known[at] !== names[at]) return false;
    return true;
  }

  #newShape(names: string[], depth: number): boolean {
    const shape = this.#shapes.length;
    if (shape === mostShapes) return false;
    this.#byte(tags.newShape);
    this.#byte(names.length);
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
      if (isForbiddenKey(name) || !this.#text(name)) return false;
    }
    this.#shapes[shape] = names;
    this.#lastShapes[depth] = shape;
    return true;
  }

  #isNew(value: object): boolean {
    for (let at = 0; at < this.#seenCount; at++) if (this.#seen[at] === value) return false;
    if (this.#seenCount === mostObjects) return false;
    this.#seen[this.#seenCount++] = value;
    return true;
  }

  #text(text: string): boolean {
    const { length } = text;
    if (this.#limit - this.#at < 5 + length) return false;
    if (length <= shortText && this.#short(text)) return true;
    if (length > shortText && byteLength(text) === length) {
      this.#byte(tags.text);
      this.#word(length);
      write(this.#bytes, text, this.#at, length, "latin1");
      this.#at += length;
      return true;
    }
    if (this.#limit - this.#at < 5 + 2 * length) return false;
    this.#byte(tags.wideText);
    this.#word(length);
    write(this.#bytes, text, this.#at, 2 * length, "utf16le");
    this.#at += 2 * length;
    return true;
  }

  /** False when it has characters of more than a byte. */
  #short(text: string): boolean {
    const bytes = this.#bytes;
    const from = this.#at + 2;
    for (let at = 0; at < text.length; at++) {
      const code = charCodeAt(text, at);
      if (code > 255) return false;
      bytes[from + at] = code;
    }
    this.#byte(tags.shortText);
    this.#byte(text.length);
    this.#at += text.length;
    return true;
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #word(value: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.#at = at + 4;
  }

  #double(tag: number, value: number): void {
    this.#byte(tag);
    this.#number[0] = value;
    for (let at = 0; at < 8; at++) this.#byte(this.#numberBytes[at] as number);
  }
}
