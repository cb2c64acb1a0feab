import { Buffer } from "node:buffer";
import { SerializationError } from "@concurrent-futures/core";
import { ByteWriter } from "./byte-writer.ts";
import { bytesOf } from "./integer.ts";
import { longestInteger } from "./limits.ts";
import { op } from "./opcodes.ts";

/** Python 3.4 and later read it. */
const protocol = 4;

const loneSurrogate = /\p{Surrogate}/u;

/**
 * Plain data as a pickle (Python: `pickle.dumps`).
 *
 * @throws SerializationError for everything else, with the path to it
 */
export function pickle(value: unknown): Uint8Array {
  try {
    return new Pickler().message(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SerializationError(
      "The message is nested too deeply, or too long, to be written as a pickle. Send it in parts.",
      { cause: error },
    );
  }
}

class Pickler {
  readonly #to = new ByteWriter();
  readonly #memo = new Map<object, number>();
  /** As a key an object has another form: something written as a list is not a tuple, and the other way round. */
  readonly #keyMemo = new Map<object, number>();

  message(value: unknown): Uint8Array {
    this.#to.uint8(op.proto);
    this.#to.uint8(protocol);
    this.#write(value, "the message", false);
    this.#to.uint8(op.stop);
    return this.#to.finish();
  }

  /** `hashed`: as a key of a dict or an item of a set, where Python takes neither list nor set. */
  #write(value: unknown, path: string, hashed: boolean): void {
    if (value === null || value === undefined) this.#to.uint8(op.none);
    else if (typeof value === "boolean") this.#to.uint8(value ? op.true : op.false);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint") this.#bigint(value, path);
    else if (typeof value === "string") this.#string(value, path);
    else if (typeof value === "object") this.#object(value, path, hashed);
    else throw refused(path, `a ${typeof value}`);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#to.uint8(op.binfloat);
      this.#to.float64(value);
    } else if (value === (value | 0)) {
      this.#to.uint8(op.binint);
      this.#to.int32(value);
    } else this.#long(bytesOf(BigInt(value)));
  }

  #bigint(value: bigint, path: string): void {
    const bytes = bytesOf(value);
    if (bytes.length > longestInteger) throw refused(path, `an integer of ${bytes.length} bytes`);
    this.#long(bytes);
  }

  #long(bytes: Uint8Array): void {
    if (bytes.length < 256) {
      this.#to.uint8(op.long1);
      this.#to.uint8(bytes.length);
    } else {
      this.#to.uint8(op.long4);
      this.#to.int32(bytes.length);
    }
    this.#to.bytes(bytes);
  }

  #string(value: string, path: string): void {
    if (loneSurrogate.test(value)) throw refused(path, "a string with a lone surrogate");
    this.#sized(op.binunicode, Buffer.from(value));
  }

  #sized(code: number, bytes: Uint8Array): void {
    this.#to.uint8(code);
    this.#to.uint32(bytes.length);
    this.#to.bytes(bytes);
  }

  #object(value: object, path: string, hashed: boolean): void {
    const known = (hashed ? this.#keyMemo : this.#memo).get(value);
    if (known !== undefined) {
      this.#to.uint8(op.longBinget);
      this.#to.uint32(known);
    } else if (value instanceof Uint8Array) this.#sized(op.binbytes, value);
    else if (Array.isArray(value)) this.#array(value, path, hashed);
    else if (value instanceof Set) this.#set(value, path, hashed);
    else if (hashed)
      throw refused(path, `${kindOf(value)} as a key or an item of a set, which Python cannot hash`);
    else if (value instanceof Map) this.#dict(value, value, path);
    else if (isPlain(value)) this.#dict(value, Object.entries(value), path);
    else throw refused(path, kindOf(value));
  }

  #remember(container: object, memo: Map<object, number>): void {
    this.#to.uint8(op.memoize);
    memo.set(container, this.#memo.size + this.#keyMemo.size);
  }

  /** Remembers the container before its items: they may hold it. */
  #open(code: number, container: object): void {
    this.#to.uint8(code);
    this.#remember(container, this.#memo);
    this.#to.uint8(op.mark);
  }

  #array(items: readonly unknown[], path: string, hashed: boolean): void {
    if (hashed) this.#to.uint8(op.mark);
    else this.#open(op.emptyList, items);
    // By index: holes are None, and do not shift what follows them.
    for (let at = 0; at < items.length; at++) this.#write(items[at], `${path}[${at}]`, hashed);
    this.#to.uint8(hashed ? op.tuple : op.appends);
    if (hashed) this.#remember(items, this.#keyMemo);
  }

  #set(items: ReadonlySet<unknown>, path: string, hashed: boolean): void {
    if (hashed) this.#to.uint8(op.mark);
    else this.#open(op.emptySet, items);
    for (const item of items) this.#write(item, `an item of ${path}`, true);
    this.#to.uint8(hashed ? op.frozenset : op.additems);
    if (hashed) this.#remember(items, this.#keyMemo);
  }

  #dict(dict: object, entries: Iterable<readonly [unknown, unknown]>, path: string): void {
    this.#open(op.emptyDict, dict);
    for (const [key, value] of entries) {
      this.#write(key, `a key of ${path}`, true);
      this.#write(value, `${path}[${typeof key === "string" ? JSON.stringify(key) : "…"}]`, false);
    }
    this.#to.uint8(op.setitems);
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function kindOf(value: object): string {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  const made = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof made === "string" && made !== "" ? `an object of ${made}` : `an object of ${name}`;
}

function refused(path: string, what: string): SerializationError {
  return new SerializationError(
    `Cannot write ${path} as a pickle: it is ${what}. Expected null, booleans, numbers, bigints, strings, Uint8Array, ` +
      "arrays, Map, Set and plain objects: send a value made of these.",
  );
}
