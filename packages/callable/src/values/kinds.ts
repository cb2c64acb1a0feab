import { Buffer } from "node:buffer";
import { types } from "node:util";
import { OwnMap } from "../load/own-map.ts";
import { reduce } from "../symbols.ts";
import { Moved } from "./move.ts";
import { isNative } from "./native.ts";

/**
 * What an object is to a traveller: `leaf` is cloned by the medium as it is, containers are looked into, everything
 * else needs a step of its own.
 */
export type Kind =
  | "plain"
  | "array"
  | "map"
  | "set"
  | "leaf"
  | "shared"
  | "host"
  | "port"
  | "buffer"
  | "url"
  | "error"
  | "bare"
  | "moved"
  | "reduced"
  | "instance"
  | "unclonable";

const { getPrototypeOf } = Object;
const { isView } = ArrayBuffer;

const byPrototype = new OwnMap<object | null, Kind>([
  [Object.prototype, "plain"],
  [Array.prototype, "array"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [Date.prototype, "leaf"],
  [RegExp.prototype, "leaf"],
  [ArrayBuffer.prototype, "leaf"],
  [SharedArrayBuffer.prototype, "shared"],
  [DataView.prototype, "leaf"],
  [Number.prototype, "leaf"],
  [String.prototype, "leaf"],
  [Boolean.prototype, "leaf"],
  [BigInt.prototype, "leaf"],
  [Buffer.prototype, "buffer"],
  [URL.prototype, "url"],
  [Moved.prototype, "moved"],
  [null, "bare"],
]);

for (const View of [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
]) {
  byPrototype.set(View.prototype, "leaf");
}

/** Global classes of Node whose objects threads clone; processes cannot. */
const hostNames: ReadonlySet<string> = new Set(["Blob", "File", "CryptoKey"]);

/** Global classes whose objects only move; see {@link Moved}. */
const portNames: ReadonlySet<string> = new Set([
  "MessagePort",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
]);

let cloned: boolean | undefined;
/** Whether this Node clones a File as one: before Node 24 it arrives as a Blob, without its name. */
function filesAreCloned(): boolean {
  cloned ??= structuredClone(new File([], "")) instanceof File;
  return cloned;
}

/** What an object is. The prototypes of this realm answer at once. */
export function kindOf(value: object): Kind {
  if (types.isProxy(value)) return kindOfProxy(value);
  const prototype: unknown = getPrototypeOf(value);
  const known = byPrototype.get(prototype as object | null);
  if (known !== undefined) {
    // An object that only inherits from a builtin's prototype is not one.
    if (known === "leaf" && !isReal(value)) return "instance";
    return known === "plain" && types.isArgumentsObject(value) ? "unclonable" : known;
  }
  return kindOfOther(value, prototype as object);
}

/** No medium carries a Proxy, whatever it stands for: it goes only by what it says of itself, as an error or by `[reduce]`. */
function kindOfProxy(value: object): Kind {
  try {
    if (typeof (value as { [reduce]?: unknown })[reduce] === "function") return "reduced";
    return isErrorLike(value) ? "error" : "unclonable";
  } catch {
    // Its handler throws, or it has been revoked.
    return "unclonable";
  }
}

function isReal(value: object): boolean {
  return (
    isView(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isBoxedPrimitive(value)
  );
}

function kindOfOther(value: object, prototype: object): Kind {
  if (typeof (value as { [reduce]?: unknown })[reduce] === "function") return "reduced";
  if (types.isNativeError(value) || isErrorLike(value)) return "error";
  if (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isGeneratorObject(value)
  ) {
    return "unclonable";
  }
  if (types.isMapIterator(value) || types.isSetIterator(value) || types.isExternal(value))
    return "unclonable";
  if (types.isModuleNamespaceObject(value)) return "instance";
  const name = className(prototype);
  if (isPlainOfOtherRealm(prototype)) return "plain";
  if (isBuiltinOfOtherRealm(prototype)) {
    if (Array.isArray(value)) return "array";
    if (types.isMap(value)) return "map";
    if (types.isSet(value)) return "set";
    if (types.isSharedArrayBuffer(value)) return "shared";
    if (isReal(value)) return name === "Buffer" ? "buffer" : "leaf";
  }
  if (Buffer.isBuffer(value) && name === "Buffer") return "buffer";
  if (types.isKeyObject(value) || types.isCryptoKey(value) || isWasmModule(value)) return "host";
  if (name === "FileHandle" && isFileHandle(value)) return "port";
  if (!isGlobalClass(prototype, name)) return "instance";
  if (name === "File" && !filesAreCloned()) return "unclonable";
  if (hostNames.has(name)) return "host";
  if (portNames.has(name)) return "port";
  return name === "URL" || name === "URLSearchParams" ? "url" : "instance";
}

function className(prototype: object): string {
  const Class: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof Class === "function" ? Class.name : "";
}

/** Errors by their class, though not to the engine: a DOMException, or what Node's loader thread reports. */
function isErrorLike(value: object): boolean {
  return value instanceof Error || value instanceof DOMException;
}

/** `Object.prototype` of another realm: a vm context, such as the one that Jest runs tests in. */
function isPlainOfOtherRealm(prototype: object): boolean {
  return (
    getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf") &&
    className(prototype) === "Object"
  );
}

function isBuiltinOfOtherRealm(prototype: object): boolean {
  const Class: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof Class === "function" && isNative(Class);
}

function isGlobalClass(prototype: object, name: string): boolean {
  const exposed = (globalThis as Record<string, unknown>)[name];
  return typeof exposed === "function" && exposed.prototype === prototype;
}

/** Node does not export the class; its handles have a symbol of this name. */
function isFileHandle(value: object): boolean {
  return Object.getOwnPropertySymbols(value).some(({ description }) => description === "kHandle");
}

function isWasmModule(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object WebAssembly.Module]";
}
