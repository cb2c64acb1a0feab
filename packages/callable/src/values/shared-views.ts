import { Buffer } from "node:buffer";
import { reduce } from "../symbols.ts";

/**
 * Typed arrays over memory that says itself how it travels, as that of `@concurrent-futures/shared-memory` does: they go as
 * views of it, and nothing is copied.
 */

/** Whether it is a view of memory that travels by itself. */
export function isSharedView(value: object): boolean {
  return ArrayBuffer.isView(value) && typeof (value.buffer as { [reduce]?: unknown })[reduce] === "function";
}

/** What kind of view it is; {@link viewOn} makes one of that name. */
export function viewName(view: ArrayBufferView): string {
  if (Buffer.isBuffer(view)) return "Buffer";
  return view instanceof DataView ? "DataView" : typedArrayName.call(view);
}

/** A view of memory, of all of it where nothing else is said. @throws RangeError for what does not fit */
export function viewOn(name: string, buffer: ArrayBuffer, offset = 0, length?: number): ArrayBufferView {
  if (name === "Buffer") return Buffer.from(buffer, offset, length);
  const View = views.get(name);
  if (View === undefined) throw new TypeError(`There are no views called ${name}.`);
  return new View(buffer, offset, length);
}

/** The class of a typed array by what the engine says it is. @throws TypeError for anything else */
export function viewClass(view: ArrayBufferView): ViewClass & { readonly BYTES_PER_ELEMENT: number } {
  const View = views.get(typedArrayName.call(view));
  if (View === undefined) throw new TypeError("Expected a typed array.");
  return View as ViewClass & { readonly BYTES_PER_ELEMENT: number };
}

/** The name is on the common prototype of all typed arrays, so that it cannot be a subclass's. */
const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: ArrayBufferView) => string;

type ViewClass = new (buffer: ArrayBuffer, offset: number, length?: number) => ArrayBufferView;

const views: ReadonlyMap<string, ViewClass> = new Map<string, ViewClass>(
  [
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
    DataView,
  ].map((View) => [View.name, View]),
);
