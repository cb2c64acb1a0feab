import { types } from "node:util";
import { packedKey } from "../wire.ts";
import { copyLeaf, copyMemory } from "./copy-leaf.ts";
import { kindOf } from "./kinds.ts";
import { isSharedView } from "./shared-views.ts";
import { showsPart } from "./view-copies.ts";

/**
 * Copies of small plain values, as most arguments are: two objects take 0.1 us and forty 2, where writing them down takes 1.5 and 5.
 * Everything else is left to others.
 */

/** Objects in one value: each is looked for among those before it, to keep what is shared shared. */
const mostObjects = 48;
const longestArray = 64;

/** What was copied: originals and copies alternate. */
type Copied = object[];

// Names of the module: see plain.ts.
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const { defineProperty, getPrototypeOf, hasOwn, keys } = Object;
const { isArray } = Array;
const { isProxy, isArgumentsObject } = types;

/** A copy of plain data that structured clone carries faithfully; undefined for what is large or special. */
export function copySmall(value: object, toThread: boolean): object | undefined {
  if (isProxy(value) || hasOwn(value, packedKey)) return undefined;
  return copy(value, [], toThread);
}

function copy(value: object, record: Copied, toThread: boolean): object | undefined {
  if (isProxy(value)) return undefined;
  const known = record.indexOf(value);
  if (known >= 0) return record[known + 1];
  if (record.length === 2 * mostObjects) return undefined;
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === objectPrototype)
    return isArgumentsObject(value) ? undefined : copyParts(value, { ...value }, record, toThread);
  if (prototype !== arrayPrototype || !isArray(value)) return copyOther(value, record, toThread);
  // An array may have holes, and fields with names.
  if (value.length > longestArray || keys(value).length !== value.length) return undefined;
  return copyParts(value, [...value], record, toThread);
}

/** Puts copies in the places of the objects in a flat copy. */
function copyParts(value: object, made: object, record: Copied, toThread: boolean): object | undefined {
  record.push(value, made);
  for (const key in made) {
    const child = (made as { [key: string]: unknown })[key];
    if (typeof child === "object") {
      if (child === null) continue;
      const part = hasOwn(made, key) ? copy(child, record, toThread) : undefined;
      if (part === undefined) return undefined;
      if (key === "__proto__") defineProperty(made, key, { value: part });
      else (made as { [key: string]: unknown })[key] = part;
    } else if (typeof child === "function" || typeof child === "symbol") return undefined;
  }
  return made;
}

function copyOther(value: object, record: Copied, toThread: boolean): object | undefined {
  if (kindOf(value) !== "leaf" || isSharedView(value)) return undefined;
  if (ArrayBuffer.isView(value)) {
    if (types.isSharedArrayBuffer(value.buffer)) return toThread ? value : undefined;
    if (toThread && showsPart(value)) return undefined;
  }
  const made = copyLeaf(value, (buffer) => memoryOf(buffer, record));
  record.push(value, made);
  return made;
}

/** The copy of memory that several views may show. */
function memoryOf(buffer: ArrayBuffer, record: Copied): ArrayBuffer {
  const known = record.indexOf(buffer);
  if (known >= 0) return record[known + 1] as ArrayBuffer;
  const made = copyMemory(buffer);
  record.push(buffer, made);
  return made;
}
