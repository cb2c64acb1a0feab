import { types } from "node:util";
import { SerializationError } from "@concurrent-futures/core/errors";
import { stackOf } from "@concurrent-futures/core/thrown";
import { functionOnNetwork, instanceOnNetwork, notExported, tooDeep, uncloneable } from "../errors.ts";
import { deepest } from "../nesting.ts";
import { reduce, revive } from "../symbols.ts";
import { classOf, eventEmitterSymbols } from "../values/encode-instance.ts";
import { kindOf } from "../values/kinds.ts";
import type { Moved } from "../values/move.ts";
import { ValuePath } from "../values/value-path.ts";
import { className, nearestExported, nearestKnown } from "./error-class.ts";
import { type ExportNames, exportName } from "./export-name.ts";
import { tags, version } from "./format.ts";
import { PrimitiveWriter } from "./primitive-writer.ts";

/** How a value is written for another machine. */
export interface NetworkEncoding {
  /** What the value is called in messages. */
  readonly name: string;
  /** What travels in the place of an object that only means something through its server; else `undefined`. */
  readonly proxyState?: (value: object) => object | undefined;
  /** Names functions and classes, where the receiver has the same modules. */
  readonly exports?: ExportNames;
  /** Whether errors bring their stacks. @default false */
  readonly stacks?: boolean;
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
  readonly #to: PrimitiveWriter = new PrimitiveWriter();
  readonly #path: ValuePath;
  readonly #encoding: NetworkEncoding;
  readonly #checkedClasses: Set<Function> = new Set();
  readonly #numbers: Map<object, number> = new Map();
  readonly #unfinished: Set<object> = new Set();

  constructor(encoding: NetworkEncoding) {
    this.#path = new ValuePath(encoding.name);
    this.#encoding = encoding;
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
        this.#to.anyNumber(value);
        break;
      case "string":
        this.#to.taggedText(value);
        break;
      case "bigint":
        this.#to.bigint(value);
        break;
      case "symbol":
        throw uncloneable(this.#path, value);
      case "function":
        this.#function(value);
        break;
      default:
        if (value === null) this.#to.byte(tags.null);
        else this.#object(value as object);
    }
  }

  #function(value: Function): void {
    const known = this.#numbers.get(value);
    if (known !== undefined) {
      this.#to.byte(tags.repeated);
      this.#to.varint(known);
      return;
    }
    const { exports } = this.#encoding;
    const name = exports === undefined ? undefined : exportName(value, exports);
    if (name === undefined) {
      throw exports === undefined ? functionOnNetwork(this.#path, value) : notExported(this.#path, value);
    }
    this.#numbers.set(value, this.#numbers.size);
    this.#to.exportName(name);
  }

  #object(value: object): void {
    const known = this.#numbers.get(value);
    if (known !== undefined) {
      if (this.#unfinished.has(value)) throw uncloneable(this.#path, "a cycle through a [reduce] state");
      this.#to.byte(tags.repeated);
      this.#to.varint(known);
      return;
    }
    if (this.#path.depth >= deepest) {
      throw uncloneable(this.#path, tooDeep);
    }
    this.#numbers.set(value, this.#numbers.size);
    const state = this.#encoding.proxyState?.(value);
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
        this.#to.view(value as Uint8Array, "Buffer");
        break;
      case "url":
        this.#to.byte(value instanceof URLSearchParams ? tags.query : tags.url);
        this.#to.text(String(value));
        break;
      case "leaf":
        if (!this.#to.leaf(value)) throw uncloneable(this.#path, value);
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
        this.#fieldsOf(value);
        break;
      default:
        throw uncloneable(this.#path, value);
    }
  }

  #fields(tag: number, value: object): void {
    const keys = Object.keys(value);
    this.#to.byte(tag);
    this.#to.varint(keys.length);
    for (const key of keys) {
      this.#to.taggedText(key);
      this.#part(`.${key}`, (value as Record<string, unknown>)[key]);
    }
  }

  #part(step: string, value: unknown): void {
    this.#path.enter(step);
    this.write(value);
    this.#path.leave();
  }

  #array(value: readonly unknown[]): void {
    if (value.length > mostHoles && value.length - Object.keys(value).length > mostHoles) {
      throw uncloneable(this.#path, "an array with more than a million holes");
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
    this.#entries(value);
  }

  #entries(value: Map<unknown, unknown>): void {
    this.#to.varint(value.size);
    Map.prototype.forEach.call(value, (item, key) => {
      this.#part("{key}", key);
      this.#part(`.get(${typeof key === "string" ? JSON.stringify(key) : "…"})`, item);
    });
  }

  #set(value: Set<unknown>): void {
    this.#to.byte(tags.set);
    this.#members(value);
  }

  #members(value: Set<unknown>): void {
    this.#to.varint(value.size);
    Set.prototype.forEach.call(value, (item) => this.#part("{member}", item));
  }

  /** Without `stacks` no stack: its paths are this machine's own affair, as in Python. */
  #error(error: Error): void {
    const { exports, stacks = false } = this.#encoding;
    const Class = exports === undefined ? undefined : nearestExported(error, exports);
    if (Class === undefined) this.#to.byte(tags.error);
    else {
      this.#to.byte(tags.errorOf);
      this.#function(Class);
    }
    this.#to.taggedText(className(error));
    this.#to.taggedText(nearestKnown(error));
    this.#to.taggedText(String(error.name));
    this.#to.taggedText(String(error.message));
    const known = stacks && stackOf(error) !== undefined ? ["message"] : ["message", "stack"];
    this.#hiddenFields(
      error,
      Object.getOwnPropertyNames(error).filter((key) => !known.includes(key)),
    );
  }

  /** Own fields, each with whether it is enumerable. */
  #hiddenFields(value: object, keys: readonly string[]): void {
    this.#to.varint(keys.length);
    for (const key of keys) {
      this.#to.taggedText(key);
      this.#to.byte(Object.prototype.propertyIsEnumerable.call(value, key) ? 1 : 0);
      this.#part(`.${key}`, (value as Record<string, unknown>)[key]);
    }
  }

  /** An instance by its class and its fields, for a receiver that has the class. */
  #fieldsOf(value: object): void {
    const { exports } = this.#encoding;
    if (exports === undefined) throw instanceOnNetwork(this.#path, value);
    const checks = { path: this.#path, source: exports.source, checked: this.#checkedClasses };
    const Class = classOf(checks, value);
    if (types.isDate(value) || types.isRegExp(value) || ArrayBuffer.isView(value)) {
      throw instanceOnNetwork(this.#path, value);
    }
    const symbol = Object.getOwnPropertySymbols(value).find(
      (key) => !eventEmitterSymbols.has(key.description),
    );
    if (symbol !== undefined) throw uncloneable(this.#path, `a field under ${String(symbol)}`);
    const base = types.isMap(value) ? 2 : types.isSet(value) ? 3 : Array.isArray(value) ? 1 : 0;
    this.#to.byte(tags.fieldsOf);
    this.#function(Class);
    this.#to.byte(base);
    if (base === 2) this.#entries(value as Map<unknown, unknown>);
    if (base === 3) this.#members(value as Set<unknown>);
    this.#hiddenFields(value, base === 1 ? Object.keys(value) : Object.getOwnPropertyNames(value));
  }

  #instance(value: object): void {
    const Class = (value as { constructor: Function }).constructor;
    const state = (value as { [reduce](medium: string): unknown })[reduce]("network");
    if (typeof (Class as unknown as Record<symbol, unknown>)[revive] !== "function") {
      throw new SerializationError(
        `Cannot send ${this.#path}: its class ${Class.name} has [reduce]() but no static [revive](state). Add it.`,
      );
    }
    const { exports } = this.#encoding;
    if (exports !== undefined && exportName(Class, exports) !== undefined) {
      this.#to.byte(tags.instanceOf);
      this.#function(Class);
    } else {
      this.#to.byte(tags.instance);
      this.#to.taggedText(Class.name);
    }
    this.#whileUnfinished(value, state);
  }

  /** What is made of a state is there only after it: nothing in the state may refer to it. */
  #whileUnfinished(value: object, state: unknown): void {
    this.#unfinished.add(value);
    this.write(state);
    this.#unfinished.delete(value);
  }
}
