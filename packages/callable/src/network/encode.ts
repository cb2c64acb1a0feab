import { Buffer } from "node:buffer";
import { types } from "node:util";
import { SerializationError } from "@concurrent-futures/core/errors";
import { functionOnNetwork, instanceOnNetwork, uncloneable } from "../errors.ts";
import { wellKnownErrorClass } from "../failures/decode-error.ts";
import { reduce, revive } from "../symbols.ts";
import { kindOf } from "../values/kinds.ts";
import type { Moved } from "../values/move.ts";
import { Trail } from "../values/trail.ts";
import { deepest, tags, version, views } from "./format.ts";
import { Writer } from "./writer.ts";

/** How a value is written for another machine. */
export interface NetworkEncoding {
  /** What the value is called in messages. */
  readonly name: string;
  /** What travels in the place of an object that only means something through its server; else `undefined`. */
  readonly proxyState?: (value: object) => object | undefined;
}

/**
 * A value as bytes for another machine: plain data, the language's own types, errors, and instances of classes with
 * `[reduce]()`, which the receiver must allow.
 *
 * @throws SerializationError, with the path, for everything else
 */
export function encodeForNetwork(value: unknown, encoding: NetworkEncoding): Uint8Array {
  const encoder = new NetworkEncoder(encoding);
  encoder.write(value);
  return encoder.bytes;
}

/** Each hole is a byte, so that what arrives is never larger than what was sent. */
const mostHoles = 1_000_000;

class NetworkEncoder {
  readonly #to: Writer = new Writer();
  readonly #trail: Trail;
  readonly #proxyState: NetworkEncoding["proxyState"];
  readonly #numbers: Map<object, number> = new Map();
  readonly #unfinished: Set<object> = new Set();

  constructor({ name, proxyState }: NetworkEncoding) {
    this.#trail = new Trail(name);
    this.#proxyState = proxyState;
    this.#to.byte(version);
  }

  get bytes(): Uint8Array {
    return this.#to.take();
  }

  write(value: unknown): void {
    switch (typeof value) {
      case "undefined":
        this.#to.byte(tags.undefined);
        break;
      case "boolean":
        this.#to.byte(value ? tags.true : tags.false);
        break;
      case "number":
        this.#number(value);
        break;
      case "string":
        this.#text(value);
        break;
      case "bigint":
        this.#bigint(value);
        break;
      case "symbol":
        throw uncloneable(this.#trail, value);
      case "function":
        throw functionOnNetwork(this.#trail, value);
      default:
        if (value === null) this.#to.byte(tags.null);
        else this.#object(value as object);
    }
  }

  #number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.#to.byte(tags.integer);
      this.#to.varint(value < 0 ? -2 * value - 1 : 2 * value);
    } else {
      this.#to.byte(tags.number);
      this.#to.number(value);
    }
  }

  #text(value: string): void {
    const isWhole = (value as string & { isWellFormed(): boolean }).isWellFormed();
    this.#to.byte(isWhole ? tags.text : tags.text16);
    this.#to.text(value, isWhole ? "utf8" : "utf16le");
  }

  #bigint(value: bigint): void {
    const hex = (value < 0n ? -value : value).toString(16);
    this.#to.byte(tags.bigint);
    this.#to.byte(value < 0n ? 1 : 0);
    this.#to.bytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
  }

  #object(value: object): void {
    const known = this.#numbers.get(value);
    if (known !== undefined) {
      if (this.#unfinished.has(value)) throw uncloneable(this.#trail, "a cycle through a [reduce] state");
      this.#to.byte(tags.repeated);
      this.#to.varint(known);
      return;
    }
    if (this.#trail.depth >= deepest) {
      throw uncloneable(this.#trail, `a structure of more than ${deepest} levels`);
    }
    this.#numbers.set(value, this.#numbers.size);
    const state = this.#proxyState?.(value);
    if (state === undefined) this.#byKind(value);
    else {
      this.#to.byte(tags.proxy);
      this.#whileUnfinished(value, state);
    }
  }

  #byKind(value: object): void {
    const kind = types.isProxy(value) ? "unclonable" : kindOf(value);
    switch (kind) {
      case "plain":
        this.#fields(tags.object, value);
        break;
      case "bare":
        this.#fields(tags.bareObject, value);
        break;
      case "array":
        this.#array(value as unknown[]);
        break;
      case "map":
        this.#map(value as Map<unknown, unknown>);
        break;
      case "set":
        this.#set(value as Set<unknown>);
        break;
      case "buffer":
        this.#view(value as Uint8Array, "Buffer");
        break;
      case "url":
        this.#to.byte(value instanceof URLSearchParams ? tags.query : tags.url);
        this.#to.text(String(value));
        break;
      case "leaf":
        this.#leaf(value);
        break;
      case "moved":
        // Nothing can be moved between machines: a copy goes.
        this.#numbers.delete(value);
        this.write((value as Moved).value);
        break;
      case "error":
        this.#error(value as Error);
        break;
      case "reduced":
        this.#instance(value);
        break;
      case "instance":
        throw instanceOnNetwork(this.#trail, value);
      default:
        throw uncloneable(this.#trail, value);
    }
  }

  #fields(tag: number, value: object): void {
    const keys = Object.keys(value);
    this.#to.byte(tag);
    this.#to.varint(keys.length);
    for (const key of keys) {
      this.#text(key);
      this.#part(`.${key}`, (value as Record<string, unknown>)[key]);
    }
  }

  #part(step: string, value: unknown): void {
    this.#trail.enter(step);
    this.write(value);
    this.#trail.leave();
  }

  #array(value: readonly unknown[]): void {
    if (value.length > mostHoles && value.length - Object.keys(value).length > mostHoles) {
      throw uncloneable(this.#trail, "an array with more than a million holes");
    }
    this.#to.byte(tags.array);
    this.#to.varint(value.length);
    for (let at = 0; at < value.length; at++) {
      if (at in value) this.#part(`[${at}]`, value[at]);
      else this.#to.byte(tags.hole);
    }
  }

  #map(value: Map<unknown, unknown>): void {
    this.#to.byte(tags.map);
    this.#to.varint(value.size);
    Map.prototype.forEach.call(value, (item, key) => {
      this.#part("{key}", key);
      this.#part(`.get(${typeof key === "string" ? JSON.stringify(key) : "…"})`, item);
    });
  }

  #set(value: Set<unknown>): void {
    this.#to.byte(tags.set);
    this.#to.varint(value.size);
    Set.prototype.forEach.call(value, (item) => this.#part("{member}", item));
  }

  #leaf(value: object): void {
    if (types.isDate(value)) {
      this.#to.byte(tags.date);
      this.#to.number(Date.prototype.getTime.call(value));
    } else if (types.isRegExp(value)) {
      this.#to.byte(tags.regexp);
      this.#text(value.source);
      this.#text(value.flags);
    } else if (types.isArrayBuffer(value)) {
      this.#to.byte(tags.buffer);
      this.#to.bytes(new Uint8Array(value as ArrayBuffer));
    } else if (ArrayBuffer.isView(value)) {
      this.#view(value, Object.prototype.toString.call(value).slice(8, -1));
    } else throw uncloneable(this.#trail, value);
  }

  #view({ buffer, byteOffset, byteLength }: ArrayBufferView, name: string): void {
    const kind = (views as readonly string[]).indexOf(name);
    if (kind < 0) throw uncloneable(this.#trail, `a ${name}`);
    this.#to.byte(tags.view);
    this.#to.byte(kind);
    this.#to.bytes(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** No stack: its paths are this machine's own affair, as in Python. */
  #error(error: Error): void {
    const keys = Object.getOwnPropertyNames(error).filter((key) => key !== "message" && key !== "stack");
    this.#to.byte(tags.error);
    this.#text(className(error));
    this.#text(nearestKnown(error));
    this.#text(String(error.name));
    this.#text(String(error.message));
    this.#to.varint(keys.length);
    for (const key of keys) {
      this.#text(key);
      this.#to.byte(Object.prototype.propertyIsEnumerable.call(error, key) ? 1 : 0);
      this.#part(`.${key}`, (error as unknown as Record<string, unknown>)[key]);
    }
  }

  #instance(value: object): void {
    const Class = (value as { constructor: Function }).constructor;
    if (typeof (Class as unknown as Record<symbol, unknown>)[revive] !== "function") {
      throw new SerializationError(
        `Cannot send ${this.#trail}: its class ${Class.name} has [reduce]() but no static [revive](state). Add it.`,
      );
    }
    const state = (value as { [reduce](medium: string): unknown })[reduce]("network");
    this.#to.byte(tags.instance);
    this.#text(Class.name);
    this.#whileUnfinished(value, state);
  }

  /** What is made of a state is there only after it: nothing in the state may refer to it. */
  #whileUnfinished(value: object, state: unknown): void {
    this.#unfinished.add(value);
    this.write(state);
    this.#unfinished.delete(value);
  }
}

function className(error: Error): string {
  const Class: unknown = (error as { constructor?: unknown }).constructor;
  return typeof Class === "function" ? Class.name : "Error";
}

/** The nearest class that every receiver knows. */
function nearestKnown(error: Error): string {
  for (let at: unknown = error; at !== null; at = Object.getPrototypeOf(at)) {
    const Class: unknown = Object.getOwnPropertyDescriptor(at as object, "constructor")?.value;
    if (typeof Class === "function" && wellKnownErrorClass(Class.name) !== undefined) return Class.name;
  }
  return "Error";
}
