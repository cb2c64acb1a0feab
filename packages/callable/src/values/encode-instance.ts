import { EventEmitter } from "node:events";
import { types } from "node:util";
import { SerializationError } from "@concurrent-futures/core/errors";
import { foreignClass, privateFields, uncloneable } from "../errors.ts";
import { definitionOf } from "../load/define.ts";
import { parentOfImportMeta } from "../load/import-meta.ts";
import { reduce, revive } from "../symbols.ts";
import type { Base } from "../wire.ts";
import type { Encoder } from "./encode.ts";
import { kindOf } from "./kinds.ts";
import { knownAddress } from "./known-address.ts";
import { isNative } from "./native.ts";

/** Writes an instance: its class, and its own fields. Its constructor is not run on the other side. */
export function encodeInstance(encoder: Encoder, value: object): number {
  const kind = kindOf(value);
  if (kind === "unclonable") throw uncloneable(encoder.path, value);
  if (kind === "bare") {
    const to = encoder.visited.assign(value);
    const parent = parentOfImportMeta(value);
    if (parent !== undefined) {
      encoder.steps.push({ op: "meta", to, parent });
      return to;
    }
    encoder.steps.push({ op: "instance", to, of: -1, base: "object" });
    return withFields(encoder, to, value);
  }
  const origin = types.isModuleNamespaceObject(value) ? encoder.source.findModule(value) : undefined;
  if (origin !== undefined) {
    const to = encoder.visited.assign(value);
    encoder.steps.push({ op: "import", to, ...origin });
    return to;
  }
  const Class = classOf(encoder, value);
  const of = encoder.number(Class);
  const base = baseOf(value);
  const to = encoder.visited.assign(value);
  encoder.steps.push({ op: "instance", to, of, base, ...startOf(encoder, value, base) });
  if (base === "map" || base === "set") {
    encoder.steps.push({ op: "entries", of: to, entries: encoder.entries(value as Map<unknown, unknown>) });
  }
  return base === "typed" ? to : withFields(encoder, to, value, base);
}

/** Writes an instance by what its `[reduce]` says. */
export function encodeReduced(encoder: Encoder, value: object): number {
  const Class = (value as { constructor: Function }).constructor;
  if (typeof (Class as unknown as Record<symbol, unknown>)[revive] !== "function") {
    // A class whose instances are never sent says so itself, and better.
    (value as { [reduce](medium: string): unknown })[reduce](encoder.medium);
    throw new SerializationError(
      `Cannot send ${encoder.path}: its class ${Class.name} has [reduce]() but no static [revive](state). Add it.`,
    );
  }
  const of = encoder.number(Class);
  const state: unknown[] = [];
  encoder.visited.whileUnfinished(value, () => {
    encoder.put(state, 0, (value as { [reduce](medium: string): unknown })[reduce](encoder.medium));
  });
  const to = encoder.visited.assign(value);
  encoder.steps.push({ op: "revive", to, of, state });
  return to;
}

function withFields(encoder: Encoder, to: number, value: object, base: Base = "object"): number {
  const fields: Record<string, unknown> = {};
  const hidden: string[] = [];
  // Arrays and regular expressions have fields of their own that cannot be defined again.
  const all = base === "array" || base === "regexp" ? Object.keys(value) : Object.getOwnPropertyNames(value);
  for (const key of all) {
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) hidden.push(key);
    encoder.path.enter(`.${key}`);
    encoder.put(fields, key, (value as Record<string, unknown>)[key]);
    encoder.path.leave();
  }
  const symbols = symbolFields(encoder, value);
  if (all.length === 0 && symbols === undefined) return to;
  encoder.steps.push({
    op: "fields",
    of: to,
    fields,
    ...(hidden.length === 0 ? {} : { hidden }),
    ...(symbols === undefined ? {} : { symbols }),
  });
  return to;
}

/** What Node puts on every EventEmitter; both are read as false when they are missing. */
export const eventEmitterSymbols: ReadonlySet<string | undefined> = new Set(["kCapture", "shapeMode"]);

/** Fields under symbols: keys and values alternate. */
function symbolFields(encoder: Encoder, value: object): unknown[] | undefined {
  const keys = Object.getOwnPropertySymbols(value);
  if (keys.length === 0) return undefined;
  const list: unknown[] = [];
  for (const key of keys) {
    if (value instanceof EventEmitter && eventEmitterSymbols.has(key.description)) continue;
    encoder.path.enter(`[${key.toString()}]`);
    encoder.put(list, list.length, key);
    encoder.put(list, list.length, (value as Record<symbol, unknown>)[key]);
    encoder.path.leave();
  }
  return list;
}

/** What the check of a class needs of an encoder. */
type ClassChecks = Pick<Encoder, "path" | "source" | "checked">;

/** The class of an instance, checked to be one that fields alone can restore. */
export function classOf(encoder: ClassChecks, value: object): Function {
  const prototype: unknown = Object.getPrototypeOf(value);
  const Class: unknown = Object.getOwnPropertyDescriptor(prototype as object, "constructor")?.value;
  if (typeof Class !== "function" || Class.prototype !== prototype) throw uncloneable(encoder.path, value);
  if (encoder.checked.has(Class)) return Class;
  for (
    let at: unknown = Class;
    typeof at === "function" && Object.hasOwn(at, "prototype");
    at = Object.getPrototypeOf(at)
  ) {
    checkAncestor(encoder, value, Class, at);
  }
  encoder.checked.add(Class);
  return Class;
}

/** Builtins that an instance may descend from: what they keep can be written. */
const baseNames: ReadonlySet<string> = new Set([
  "Object",
  "Array",
  "Map",
  "Set",
  "Date",
  "RegExp",
  "EventEmitter",
]);

/** Private names, or what compilers make of them for old targets: `_x.set(this, …)`. Worth a look by the parser. */
const mayHavePrivateFields = /#|\.(set|add)\(this\b|private_(field|method)|PrivateField|privateMethod/i;

function checkAncestor(encoder: ClassChecks, value: object, Class: Function, ancestor: Function): void {
  const text = Function.prototype.toString.call(ancestor);
  if (isNative(ancestor)) {
    if (baseNames.has(ancestor.name) || ArrayBuffer.isView(value)) return;
    throw foreignClass(encoder.path, Class, ancestor);
  }
  // What came by value is a class of the program's; asking further would load the inspector into a worker.
  const isOwn = definitionOf(ancestor) !== undefined;
  const address = isOwn ? undefined : (knownAddress(ancestor) ?? encoder.source.find(ancestor));
  if (!isOwn) {
    if (ancestor.name === "EventEmitter" && ancestor !== Class && address?.url.startsWith("node:")) return;
    if (address === undefined ? encoder.source.belongsToNode(ancestor) : address.url.startsWith("node:")) {
      throw foreignClass(encoder.path, Class, ancestor);
    }
  }
  if (mayHavePrivateFields.test(text) && encoder.source.hasPrivateFields(ancestor))
    throw privateFields(encoder.path, Class, ancestor, address?.url);
}

function baseOf(value: object): Base {
  if (Array.isArray(value)) return "array";
  if (types.isMap(value)) return "map";
  if (types.isSet(value)) return "set";
  if (types.isDate(value)) return "date";
  if (types.isRegExp(value)) return "regexp";
  return ArrayBuffer.isView(value) ? "typed" : "object";
}

/** What the builtin part of an instance is made from. A typed array goes as one of its builtin ancestor. */
function startOf(encoder: Encoder, value: object, base: Base): { readonly from?: unknown } {
  if (base === "date") return { from: new Date((value as Date).getTime()) };
  if (base === "regexp") return { from: new RegExp((value as RegExp).source, (value as RegExp).flags) };
  if (base !== "typed") return {};
  const view = value as Uint8Array;
  const name = Object.prototype.toString.call(view).slice(8, -1);
  const View = (globalThis as unknown as Record<string, typeof Uint8Array>)[name] ?? Uint8Array;
  return { from: encoder.own(new View(view.buffer, view.byteOffset, view.length)) };
}
