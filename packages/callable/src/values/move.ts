import { types } from "node:util";
import { sharedState } from "../load/shared-state.ts";

/** Marks a value whose buffers are to move instead of being copied. Made by {@link move}. */
export interface Moved {
  readonly value: unknown;
}

/** One class for all copies of this module, since a marker is known by its prototype. */
export const Moved: new (value: unknown) => Moved = sharedState(
  "Moved",
  () =>
    class {
      readonly value: unknown;
      constructor(value: unknown) {
        this.value = value;
      }
    },
);

/**
 * Moves the buffers of an argument or result to the other thread instead of copying them. They are empty here from
 * then on. To a process it copies, and what is here stays: typed arrays of 1 MB and more once, into memory that both have where
 * `@concurrent-futures/shared-memory` is installed, and so without a copy on the way back. Python has no such thing.
 *
 * Takes effect where the result is passed on directly or inside a plain object or array:
 * `submit(blur, move(pixels))`. Only the buffers of this value are moved, not those of its neighbours.
 *
 * @param value - an `ArrayBuffer`, typed array, `MessagePort`, web stream, `FileHandle`, or a plain structure that holds some.
 * @returns a stand-in, typed as the value so that it fits the function's parameter.
 *
 * @example
 * ```ts
 * const pixels = new Float64Array(1_000_000);
 * const blurred = await pool.submit(blur, move(pixels));
 * ```
 */
export function move<T>(value: T): T {
  return (typeof value === "object" && value !== null ? new Moved(value) : value) as T;
}

/** Lists a moved value for transfer, where the medium knows transfer and this value can be. */
export function collectTransfer(value: object, transfer: object[]): void {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  if (types.isSharedArrayBuffer(buffer)) return;
  // A small Buffer lies in Node's pool together with strangers: it is copied.
  if (ArrayBuffer.isView(value) && value.buffer.byteLength !== value.byteLength) return;
  if (!transfer.includes(buffer)) transfer.push(buffer);
}
