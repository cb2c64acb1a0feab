import { types } from "node:util";
import { viewName, viewOn } from "./shared-views.ts";

/** A value without parts, as it is now. What cannot change is itself, and shared memory stays shared. */
export function copyLeaf(value: object, memoryOf: (buffer: ArrayBuffer) => ArrayBuffer): object {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    if (types.isSharedArrayBuffer(buffer)) return value;
    // Its length may follow that of its memory: only structured clone can tell.
    if (isResizable(buffer)) return structuredClone(value);
    const name = viewName(value);
    // The whole memory may be much more than a view shows of it.
    if (byteLength < buffer.byteLength) return viewOn(name, copyMemory(buffer, byteOffset, byteLength));
    return viewOn(name, memoryOf(buffer));
  }
  if (types.isArrayBuffer(value)) return memoryOf(value);
  if (types.isDate(value)) return new Date(getTime.call(value));
  return value;
}

const { getTime } = Date.prototype;

/** Other memory with the same content. */
export function copyMemory(buffer: ArrayBuffer, offset = 0, length: number = buffer.byteLength): ArrayBuffer {
  if (isResizable(buffer)) return structuredClone(buffer);
  return buffer.slice(offset, offset + length);
}

function isResizable(buffer: ArrayBuffer): boolean {
  return (buffer as { readonly resizable?: boolean }).resizable === true;
}
