import { types } from "node:util";
import { viewName, viewOn } from "./shared-views.ts";

/**
 * Views that show a part of their memory, as small Buffers do of Node's pool. Structured clone takes all of the memory along,
 * the bytes of strangers included.
 */

/** Whether there is more memory behind a view than it shows. Shared memory is not copied, so that it does not matter there. */
export function showsPart(view: ArrayBufferView): boolean {
  return view.byteLength < view.buffer.byteLength && !types.isSharedArrayBuffer(view.buffer);
}

/** A view of the same kind and content, with memory of its own. */
export function copyOfPart(view: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view;
  return viewOn(viewName(view), buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}
