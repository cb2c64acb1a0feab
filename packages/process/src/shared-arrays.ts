import { Buffer } from "node:buffer";
import { types } from "node:util";
import { Moved, move, reduce } from "@concurrent-futures/callable/load";
import { type Care, memoryForLarge } from "./large-arrays.ts";

type Typed = Uint8Array;
type TypedClass = new (buffer: ArrayBufferLike, offset: number, length: number) => Typed;

/** Memory that was made here, so that it may be copied for processes: what the user shares is the user's to share. */
const ours = new WeakSet<SharedArrayBuffer>();

/**
 * A copy of plain data in which typed arrays lie in memory that threads share. What has a class of its own stays as it is,
 * and so does memory that the user shares.
 */
export function inSharedMemory(value: unknown): unknown {
  return mapped(value, new Map(), (view) => {
    if (isShared(view)) return view;
    const memory = new SharedArrayBuffer(view.byteLength);
    ours.add(memory);
    return copyInto(memory, view);
  });
}

/** The same for processes: large arrays in memory that they share, where there is any, and others in memory of their own. */
export function inProcessMemory(value: unknown): unknown {
  return mapped(value, new Map(), (view) => {
    const isOurs = types.isSharedArrayBuffer(view.buffer) && ours.has(view.buffer);
    if (!isOurs) return view;
    return copyInto(memoryForLarge(view.byteLength, "kept") ?? new ArrayBuffer(view.byteLength), view);
  });
}

/** A value that moves to another process, with large arrays in memory that both have; any other value as it is. */
export function movedToProcess(value: unknown, care: Care): unknown {
  if (!isMoved(value)) return value;
  try {
    return move(
      mapped(value.value, new Map(), (view) => {
        const memory = isShared(view) ? undefined : memoryForLarge(view.byteLength, care);
        return memory === undefined ? view : copyInto(memory, view);
      }),
    );
  } catch (error) {
    // Too deep for this: packing says where.
    if (error instanceof RangeError) return value;
    throw error;
  }
}

export function isMoved(value: unknown): value is Moved {
  return value instanceof Moved;
}

function isShared({ buffer }: Typed): boolean {
  return (
    types.isSharedArrayBuffer(buffer) || typeof (buffer as { [reduce]?: unknown })[reduce] === "function"
  );
}

function copyInto(memory: ArrayBufferLike, view: Typed): Typed {
  new Uint8Array(memory).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (Buffer.isBuffer(view)) return Buffer.from(memory as ArrayBuffer);
  return new (view.constructor as TypedClass)(memory, 0, view.length);
}

/** Copies plain objects, arrays, maps and sets, and what `change` makes of typed arrays; cycles stay cycles. */
function mapped(value: unknown, seen: Map<object, unknown>, change: (view: Typed) => Typed): unknown {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return value;
  if (seen.has(value)) return seen.get(value);
  const inner = (child: unknown): unknown => mapped(child, seen, change);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (types.isTypedArray(value)) {
    seen.set(value, isBuiltin(value) ? change(value as Typed) : value);
  } else if (prototype === Array.prototype) {
    const copy: unknown[] = new Array((value as unknown[]).length);
    seen.set(value, copy);
    for (const key of Object.keys(value))
      copy[key as never] = inner((value as unknown[])[key as never]) as never;
  } else if (prototype === Object.prototype && !types.isArgumentsObject(value)) {
    const copy: object = {};
    seen.set(value, copy);
    for (const [name, child] of Object.entries(value))
      Object.defineProperty(copy, name, {
        value: inner(child),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  } else if (prototype === Map.prototype) {
    const copy = new Map<unknown, unknown>();
    seen.set(value, copy);
    for (const [key, child] of value as Map<unknown, unknown>) copy.set(inner(key), inner(child));
  } else if (prototype === Set.prototype) {
    const copy = new Set<unknown>();
    seen.set(value, copy);
    for (const child of value as Set<unknown>) copy.add(inner(child));
  } else seen.set(value, value);
  return seen.get(value);
}

/** Subclasses of typed arrays have constructors of their own. Also of another realm: Jest runs each test file in one. */
function isBuiltin(view: object): boolean {
  return Buffer.isBuffer(view) || Object.hasOwn(Object.getPrototypeOf(view) as object, "BYTES_PER_ELEMENT");
}
