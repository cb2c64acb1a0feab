import { Buffer } from "node:buffer";
import { SerializationError } from "@concurrent-futures/core/errors";
import { wellKnownErrorClass } from "../failures/decode-error.ts";
import { revive } from "../symbols.ts";
import { viewOn } from "../values/shared-views.ts";
import { deepest, tags, version, views } from "./format.ts";
import { malformed } from "./malformed.ts";
import { costs, MemoryAccount } from "./memory-account.ts";
import { Reader } from "./reader.ts";

/** What a receiver makes of a message besides data. */
export interface NetworkDecoding {
  /** Classes whose instances and errors may be made, by their names. */
  readonly allow?: ReadonlyMap<string, Function>;
  /** Makes the stand-in of an object that lives in a server, of its unchecked state. */
  readonly proxy?: (state: unknown) => object;
}

/**
 * The value in a message of another machine.
 *
 * It can do nothing but build: it calls no function that the message names or holds, imports and evaluates nothing,
 * and writes only to objects that it has made itself. Classes are those that the receiver has allowed, and they make
 * their instances by their own `[revive]`. Work and memory are bounded by the number of bytes that came.
 *
 * @throws SerializationError whatever is wrong with the message
 */
export function decodeFromNetwork(bytes: Uint8Array, decoding: NetworkDecoding = {}): unknown {
  const decoder = new NetworkDecoder(bytes, decoding);
  try {
    return decoder.message();
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    throw malformed("a part of it cannot be made", error);
  }
}

/** A value that is being made and cannot be referred to yet. */
const unfinished = Symbol("unfinished");

class NetworkDecoder {
  readonly #from: Reader;
  readonly #decoding: NetworkDecoding;
  readonly #made: unknown[] = [];
  readonly #account: MemoryAccount;
  #depth = 0;

  constructor(bytes: Uint8Array, decoding: NetworkDecoding) {
    this.#from = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#decoding = decoding;
    this.#account = new MemoryAccount(bytes.byteLength);
  }

  message(): unknown {
    if (this.#from.left === 0 || this.#from.byte() !== version) throw malformed("it is no value");
    const value = this.#value(this.#from.byte());
    if (this.#from.left > 0) throw malformed("something follows its end");
    return value;
  }

  #next(): unknown {
    return this.#value(this.#from.byte());
  }

  #value(tag: number): unknown {
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
        return this.#integer();
      case tags.number:
        return this.#from.number();
      case tags.bigint:
        return this.#bigint();
      case tags.text:
      case tags.text16:
        return this.#text(tag);
      case tags.repeated:
        return this.#repeated();
      default:
        if (++this.#depth > deepest) throw malformed(`it has more than ${deepest} levels`);
        try {
          return this.#object(tag);
        } finally {
          this.#depth--;
        }
    }
  }

  #object(tag: number): unknown {
    switch (tag) {
      case tags.array:
        return this.#array();
      case tags.object:
        return this.#fields(this.#make(costs.object, {}));
      case tags.bareObject:
        return this.#fields(this.#make(costs.object, Object.create(null) as object));
      case tags.map:
        return this.#map();
      case tags.set:
        return this.#set();
      case tags.date:
        return this.#make(costs.date, new Date(this.#from.number()));
      case tags.regexp:
        return this.#make(costs.regexp, new RegExp(this.#textNext(), this.#textNext()));
      case tags.url:
        return this.#make(costs.url, new URL(this.#plainText()));
      case tags.query:
        return this.#make(costs.url, new URLSearchParams(this.#plainText()));
      case tags.buffer:
        return this.#make(costs.view, this.#copy(this.#from.bytes()));
      case tags.view:
        return this.#view();
      case tags.error:
        return this.#error();
      case tags.instance:
        return this.#instance();
      case tags.proxy:
        return this.#proxy();
      default:
        throw malformed(`it has a part of unknown kind ${tag}`);
    }
  }

  /** Takes what a new value costs off the account, and gives the value its number. */
  #make<T>(cost: number, value: T): T {
    this.#account.charge(cost);
    this.#made.push(value);
    return value;
  }

  #integer(): number {
    const zigzag = this.#from.varint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  #bigint(): bigint {
    const negative = this.#from.byte() === 1;
    const hex = this.#from.bytes().toString("hex");
    this.#account.charge(hex.length);
    const magnitude = hex === "" ? 0n : BigInt(`0x${hex}`);
    return negative ? -magnitude : magnitude;
  }

  #text(tag: number): string {
    return tag === tags.text ? this.#plainText() : this.#from.bytes().toString("utf16le");
  }

  #plainText(): string {
    return this.#from.bytes().toString("utf8");
  }

  /** A text where nothing else may stand. */
  #textNext(): string {
    const tag = this.#from.byte();
    if (tag !== tags.text && tag !== tags.text16) throw malformed("a name in it is no text");
    return this.#text(tag);
  }

  #repeated(): unknown {
    const number = this.#from.varint();
    const value = number < this.#made.length ? this.#made[number] : unfinished;
    if (value === unfinished) throw malformed("it refers to what it has not made");
    return value;
  }

  #array(): unknown[] {
    const count = this.#from.count();
    this.#account.charge(costs.item * count);
    const array = this.#make<unknown[]>(costs.array, []);
    for (let at = 0; at < count; at++) {
      const tag = this.#from.byte();
      if (tag === tags.hole) array.length = at + 1;
      else array.push(this.#value(tag));
    }
    return array;
  }

  #fields<T extends object>(object: T): T {
    // A key and a value take two bytes at least.
    const count = this.#from.count(2);
    this.#account.charge(costs.entry * count);
    for (let at = 0; at < count; at++) define(object, this.#textNext(), this.#next(), true);
    return object;
  }

  #map(): Map<unknown, unknown> {
    const count = this.#from.count(2);
    this.#account.charge(costs.entry * count);
    const map = this.#make(costs.map, new Map<unknown, unknown>());
    for (let at = 0; at < count; at++) {
      const key = this.#next();
      map.set(key, this.#next());
    }
    return map;
  }

  #set(): Set<unknown> {
    const count = this.#from.count();
    this.#account.charge(costs.entry * count);
    const set = this.#make(costs.set, new Set<unknown>());
    for (let at = 0; at < count; at++) set.add(this.#next());
    return set;
  }

  #copy(bytes: Buffer): ArrayBuffer {
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  }

  #view(): ArrayBufferView {
    const name = views[this.#from.byte()];
    const buffer = this.#copy(this.#from.bytes());
    if (name === undefined) throw malformed("it has a view of unknown kind");
    return this.#make(costs.view, viewOn(name, buffer));
  }

  #error(): Error {
    const own = this.#textNext();
    const known = this.#textNext();
    const name = this.#textNext();
    const message = this.#textNext();
    const Class = this.#errorClass(own) ?? wellKnownErrorClass(known) ?? Error;
    // The Error constructor alone runs, whatever the class.
    const error = Reflect.construct(Error, [message], Class) as Error;
    this.#make(costs.error, error);
    define(error, "message", message, false);
    if (error.name !== name) define(error, "name", name, false);
    define(error, "stack", `${name}: ${message}`, false);
    const count = this.#from.count(3);
    this.#account.charge(costs.entry * count);
    for (let at = 0; at < count; at++) {
      const key = this.#textNext();
      const enumerable = this.#from.byte() === 1;
      define(error, key, this.#next(), enumerable);
    }
    return error;
  }

  #errorClass(name: string): Function | undefined {
    const Class = this.#decoding.allow?.get(name);
    return Class !== undefined && Class.prototype instanceof Error ? Class : undefined;
  }

  #instance(): unknown {
    const name = this.#textNext();
    const number = this.#made.push(unfinished) - 1;
    this.#account.charge(costs.instance);
    const state = this.#next();
    const Class = this.#decoding.allow?.get(name) as
      | { [revive]?: (state: unknown, medium: string) => unknown }
      | undefined;
    if (Class === undefined || typeof Class[revive] !== "function") {
      throw new SerializationError(
        `The message has an instance of ${JSON.stringify(name)}, which this side does not take from a network. ` +
          `Pass \`allow: [${name}]\` with a class that has a static [revive](state), or let the other side send plain data.`,
      );
    }
    const instance = Class[revive](state, "network");
    this.#made[number] = instance;
    return instance;
  }

  #proxy(): object {
    const number = this.#made.push(unfinished) - 1;
    this.#account.charge(costs.instance);
    const state = this.#next();
    if (this.#decoding.proxy === undefined) {
      throw new SerializationError(
        "The message has the proxy of a managed object, which this side does not take from there.",
      );
    }
    const proxy = this.#decoding.proxy(state);
    this.#made[number] = proxy;
    return proxy;
  }
}

/** An own property, also for `__proto__` and where a prototype has a setter. */
function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, enumerable, configurable: true, writable: true });
}
