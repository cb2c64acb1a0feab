import { types } from "node:util";
import { deepest } from "../nesting.ts";
import { packedKey } from "../wire.ts";
import { kindOf } from "./kinds.ts";
import { isSharedView } from "./shared-views.ts";
import { showsPart } from "./view-copies.ts";

/**
 * The walk that decides whether a value can go as it is. It runs for every argument of every task, so it allocates
 * nothing and keeps no record of what was seen, which would cost twenty times as much (400 ns an object). Cycles are
 * noticed by their depth; in large values, objects that are met from many sides are noticed by samples. Then the walk
 * starts over with a record.
 */

/** Objects to visit without a look at repetitions. */
const budgetAtFirst = 20_000;
/** Of the objects after these, one in this number is remembered: a power of two. */
const sampledEach = 64;
/** Remembered objects that may be met again: they stand for some thousand visits that were for nothing. */
const repetitionsAllowed = 32;
/** Levels to go down without a record; recursion is the cheapest stack, but not an endless one. */
const depthAtFirst = 200;

let budget = 0;
let thread = true;
let repetitions = 0;
let hosts = false;
const samples: Set<object> = new Set();

// Names of the module, not of the global object: in a vm context (Jest) each look at a global costs 100 ns, and in a worker a task
// may have replaced what is there.
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const { getPrototypeOf, hasOwn, values } = Object;
const { apply } = Reflect;
const { forEach: forEachEntry } = Map.prototype;
const { forEach: forEachMember } = Set.prototype;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { isProxy, isArgumentsObject, isSharedArrayBuffer } = types;

/**
 * Whether the value that was last found plain has objects of Node in it: a message carries them, bytes do not. From Node 22 on
 * V8 writes a Blob or a key down as an object without properties.
 */
export function holdsHosts(): boolean {
  return hosts;
}

/**
 * Whether structured clone carries this value faithfully.
 *
 * @param toThread - false where shared memory and objects of Node cannot go.
 */
export function isPlain(value: unknown, toThread: boolean): boolean {
  hosts = false;
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  if (value === null) return true;
  budget = budgetAtFirst;
  thread = toThread;
  const verdict = visit(value, 0);
  if (budget < 0) {
    samples.clear();
    repetitions = 0;
  }
  const plain = verdict === undefined ? isPlainByRecord(value) : verdict;
  return plain && !hasOwn(value, packedKey);
}

/** `undefined`: too deep or too much to tell this way. */
function visit(value: object, depth: number): boolean | undefined {
  // It has the prototype of what is behind it, and cannot be cloned.
  if (isProxy(value)) return false;
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === objectPrototype) {
    if (isArgumentsObject(value)) return false;
    if (depth > depthAtFirst || (--budget < 0 && repeats(value))) return undefined;
    for (const key in value) {
      const child = (value as Record<string, unknown>)[key];
      if (typeof child === "object") {
        if (child === null) continue;
        const verdict = visit(child, depth + 1);
        if (verdict !== true) return verdict;
      } else if (typeof child === "function" || typeof child === "symbol") return false;
    }
    return true;
  }
  if (prototype === arrayPrototype && isArray(value)) {
    if (depth > depthAtFirst || (--budget < 0 && repeats(value))) return undefined;
    for (let i = 0; i < value.length; i++) {
      const child: unknown = value[i];
      if (typeof child === "object") {
        if (child === null) continue;
        const verdict = visit(child, depth + 1);
        if (verdict !== true) return verdict;
      } else if (typeof child === "function" || typeof child === "symbol") return false;
    }
    return true;
  }
  if (depth > depthAtFirst || (--budget < 0 && repeats(value))) return undefined;
  return visitOther(value, depth);
}

/** Whether so much is met again that the walk needs a record. */
function repeats(value: object): boolean {
  if (samples.has(value)) return ++repetitions > repetitionsAllowed;
  if (budget % sampledEach === 0) samples.add(value);
  return false;
}

function visitOther(value: object, depth: number): boolean | undefined {
  switch (kindOf(value)) {
    case "plain":
      return visitAll(values(value), depth + 1);
    case "array":
      return visitAll(value as unknown[], depth + 1);
    case "set": {
      let verdict: boolean | undefined = true;
      const visitMember = (child: unknown): void => {
        if (verdict === true) verdict = visitAny(child, depth + 1);
      };
      apply(forEachMember, value, [visitMember]);
      return verdict;
    }
    case "map": {
      let verdict: boolean | undefined = true;
      const visitEntry = (child: unknown, key: unknown): void => {
        if (verdict === true) verdict = visitAny(key, depth + 1);
        if (verdict === true) verdict = visitAny(child, depth + 1);
      };
      apply(forEachEntry, value, [visitEntry]);
      return verdict;
    }
    case "leaf":
      return canBeCloned(value);
    case "host":
      hosts = true;
      return thread;
    case "shared":
      return thread;
    default:
      return false;
  }
}

function visitAll(children: readonly unknown[], depth: number): boolean | undefined {
  for (let at = 0; at < children.length; at++) {
    const verdict = visitAny(children[at], depth);
    if (verdict !== true) return verdict;
  }
  return true;
}

function visitAny(value: unknown, depth: number): boolean | undefined {
  if (typeof value === "object") return value === null ? true : visit(value, depth);
  return typeof value !== "function" && typeof value !== "symbol";
}

/** Views of shared memory are not copies of it: processes cannot have it, or it travels by itself. */
function canBeCloned(value: object): boolean {
  if (!isView(value)) return true;
  if (isSharedView(value) || (thread && showsPart(value))) return false;
  return thread || !isSharedArrayBuffer(value.buffer);
}

/** In the order in which V8 writes: how deep it goes depends on where it meets an object first. */
function isPlainByRecord(root: object): boolean {
  const seen = new Set<object>([root]);
  const open = [iterate(root)];
  for (let parts = open.at(-1); parts !== undefined; parts = open.at(-1)) {
    const next = parts.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    const child = next.value;
    if (typeof child === "function" || typeof child === "symbol") return false;
    if (typeof child !== "object" || child === null || seen.has(child)) continue;
    if (open.length >= deepest) return false;
    seen.add(child);
    open.push(iterate(child));
  }
  return true;
}

function iterate(value: object): Iterator<unknown> {
  return (childrenOf(value) ?? [refused])[Symbol.iterator]();
}

const refused = Symbol("refused");

/** What is to be looked at inside; `undefined` when the value itself cannot go as it is. */
function childrenOf(value: object): Iterable<unknown> | undefined {
  switch (kindOf(value)) {
    case "plain":
      return Object.values(value);
    case "array":
    case "set":
      return value as Iterable<unknown>;
    case "map":
      return entriesOf(value as Map<unknown, unknown>);
    case "leaf":
      return canBeCloned(value) ? [] : undefined;
    case "host":
      hosts = true;
      return thread ? [] : undefined;
    case "shared":
      return thread ? [] : undefined;
    default:
      return undefined;
  }
}

function* entriesOf(map: Map<unknown, unknown>): Iterable<unknown> {
  for (const [key, child] of map) {
    yield key;
    yield child;
  }
}
