import { Buffer } from "node:buffer";
import { SerializationError } from "@concurrent-futures/core/errors";
import { setStack } from "../failures/decode-error.ts";
import { deepest } from "../nesting.ts";
import { viewOn } from "../values/shared-views.ts";
import {
  allocate,
  asClass,
  asErrorClass,
  define,
  errorClass,
  type NetworkDecoding,
  resolveExport,
  reviveAllowed,
  reviveAs,
} from "./classes.ts";
import { bases, tags, version, views } from "./format.ts";
import { malformed } from "./malformed.ts";
import { costs, MemoryAccount } from "./memory-account.ts";
import { PrimitiveReader } from "./primitive-reader.ts";

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

/** The class of an error, where this side does not have it. */
const notHere = Symbol("not here");

class NetworkDecoder {
  readonly #from: PrimitiveReader;
  readonly #decoding: NetworkDecoding;
  readonly #made: unknown[] = [];
  readonly #account: MemoryAccount;
  #depth = 0;

  constructor(bytes: Uint8Array, decoding: NetworkDecoding) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#account = new MemoryAccount(bytes.byteLength);
    this.#from = new PrimitiveReader(buffer, this.#account);
    this.#decoding = decoding;
  }

  message(): unknown {
    if (this.#from.left === 0 || this.#from.byte() !== version) throw malformed("it is not a value");
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
        return this.#from.integer();
      case tags.number:
        return this.#from.number();
      case tags.bigint:
        return this.#from.bigint();
      case tags.text:
      case tags.text16:
        return this.#from.textOf(tag);
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
        return this.#entries(this.#make(costs.map, new Map<unknown, unknown>()));
      case tags.set:
        return this.#members(this.#make(costs.set, new Set<unknown>()));
      case tags.date:
        return this.#make(costs.date, new Date(this.#from.number()));
      case tags.regexp:
        return this.#make(costs.regexp, new RegExp(this.#from.taggedText(), this.#from.taggedText()));
      case tags.url:
        return this.#make(costs.url, new URL(this.#from.text()));
      case tags.query:
        return this.#make(costs.url, new URLSearchParams(this.#from.text()));
      case tags.buffer:
        return this.#make(costs.view, this.#from.buffer());
      case tags.view:
        return this.#view();
      case tags.error:
        return this.#error();
      case tags.instance:
        return this.#instance();
      case tags.proxy:
        return this.#proxy();
      case tags.export:
        return this.#make(costs.item, resolveExport(this.#from.exportName(), this.#decoding));
      case tags.errorOf:
        return this.#error(this.#made.push(unfinished) - 1);
      case tags.instanceOf:
        return this.#instanceOf();
      case tags.fieldsOf:
        return this.#fieldsOf();
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

  #repeated(): unknown {
    const number = this.#from.varint();
    const value = number < this.#made.length ? this.#made[number] : unfinished;
    if (value === unfinished) throw malformed("it refers to a value that it has not created");
    return value === notHere ? undefined : value;
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
    for (let at = 0; at < count; at++) define(object, this.#from.taggedText(), this.#next(), true);
    return object;
  }

  #entries<M extends Map<unknown, unknown>>(map: M): M {
    const count = this.#from.count(2);
    this.#account.charge(costs.entry * count);
    for (let at = 0; at < count; at++) {
      const key = this.#next();
      Map.prototype.set.call(map, key, this.#next());
    }
    return map;
  }

  #members<S extends Set<unknown>>(set: S): S {
    const count = this.#from.count();
    this.#account.charge(costs.entry * count);
    for (let at = 0; at < count; at++) Set.prototype.add.call(set, this.#next());
    return set;
  }

  #view(): ArrayBufferView {
    const name = views[this.#from.byte()];
    const buffer = this.#from.buffer();
    if (name === undefined) throw malformed("it has a view of unknown kind");
    return this.#make(costs.view, viewOn(name, buffer));
  }

  /** @param number - of the error, where its class comes first. */
  #error(number?: number): Error {
    const exported = number === undefined ? undefined : this.#classIfThere();
    const own = this.#from.taggedText();
    const known = this.#from.taggedText();
    const name = this.#from.taggedText();
    const message = this.#from.taggedText();
    const Class = exported ?? errorClass(own, known, this.#decoding);
    // The Error constructor alone runs, whatever the class.
    const error = Reflect.construct(Error, [message], Class) as Error;
    if (number === undefined) this.#make(costs.error, error);
    else {
      this.#account.charge(costs.error);
      this.#made[number] = error;
    }
    define(error, "message", message, false);
    if (error.name !== name) define(error, "name", name, false);
    setStack(error, `${name}: ${message}`);
    return this.#hiddenFields(error);
  }

  #hiddenFields<T extends object>(object: T): T {
    const count = this.#from.count(3);
    this.#account.charge(costs.entry * count);
    for (let at = 0; at < count; at++) {
      const key = this.#from.taggedText();
      const enumerable = this.#from.byte() === 1;
      define(object, key, this.#next(), enumerable);
    }
    return object;
  }

  /** The class of an error, for which another can stand in: `undefined` where this side does not have it. */
  #classIfThere(): Function | undefined {
    const tag = this.#from.byte();
    if (tag !== tags.export) return asErrorClass(this.#value(tag));
    const name = this.#from.exportName();
    const number = this.#made.push(unfinished) - 1;
    try {
      const Class = resolveExport(name, this.#decoding);
      this.#made[number] = Class;
      return asErrorClass(Class);
    } catch {
      this.#made[number] = notHere;
      return undefined;
    }
  }

  #instanceOf(): unknown {
    const number = this.#made.push(unfinished) - 1;
    this.#account.charge(costs.instance);
    const Class = asClass(this.#next());
    const instance = reviveAs(Class, this.#next());
    this.#made[number] = instance;
    return instance;
  }

  #fieldsOf(): object {
    const number = this.#made.push(unfinished) - 1;
    const Class = asClass(this.#next());
    const base = bases[this.#from.byte()];
    if (base === undefined) throw malformed("it has an instance of unknown kind");
    this.#account.charge(base === "map" || base === "set" ? costs.map : costs.instance);
    const instance = allocate(base, Class);
    this.#made[number] = instance;
    if (base === "map") this.#entries(instance as Map<unknown, unknown>);
    if (base === "set") this.#members(instance as Set<unknown>);
    return this.#hiddenFields(instance);
  }

  #instance(): unknown {
    const name = this.#from.taggedText();
    const number = this.#made.push(unfinished) - 1;
    this.#account.charge(costs.instance);
    const instance = reviveAllowed(name, this.#next(), this.#decoding);
    this.#made[number] = instance;
    return instance;
  }

  #proxy(): object {
    const number = this.#made.push(unfinished) - 1;
    this.#account.charge(costs.instance);
    const state = this.#next();
    if (this.#decoding.proxy === undefined) {
      throw new SerializationError(
        "The message has the proxy of a managed object, which this side does not accept from there.",
      );
    }
    const proxy = this.#decoding.proxy(state, (bytes) => this.#account.charge(bytes));
    this.#made[number] = proxy;
    return proxy;
  }
}
