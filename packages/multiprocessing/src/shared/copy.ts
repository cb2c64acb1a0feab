import { ArgumentTypeError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import type { Typecode } from "../contract/typecodes.ts";
import { SynchronizedArray } from "./array.ts";
import { newObjectsBackend } from "./memory/backends.ts";
import type { MemoryHandle } from "./memory/wait-backend.ts";
import { RawArray, rawArrayOver } from "./raw-array.ts";
import { RawValue, rawValueOver } from "./raw-value.ts";
import { chooseLock, type SharedOptions } from "./shared-options.ts";
import { SynchronizedValue } from "./value.ts";

/** A raw value or array of the same content in memory of its own (Python: `sharedctypes.copy`). */
export function copy<C extends Typecode>(object: RawValue<C> | SynchronizedValue<C>): RawValue<C>;
export function copy<C extends Typecode>(object: RawArray<C> | SynchronizedArray<C>): RawArray<C>;
export function copy(object: unknown): RawValue | RawArray {
  const raw =
    object instanceof SynchronizedValue || object instanceof SynchronizedArray ? object.getObj() : object;
  if (raw instanceof RawValue) return rawValueOver(raw.typecode, copied(raw.buffer));
  if (raw instanceof RawArray) return rawArrayOver(raw.typecode, copied(raw.buffer));
  throw new ArgumentTypeError(`Expected a Value or an Array, got ${describeValue(object)}.`);
}

function copied(memory: MemoryHandle): MemoryHandle {
  const copy = newObjectsBackend().allocateBuffer(memory.byteLength);
  new Uint8Array(copy).set(new Uint8Array(memory));
  return copy;
}

/** Puts a lock beside a raw value or array (Python: `sharedctypes.synchronized`). */
export function synchronized<C extends Typecode>(
  object: RawValue<C>,
  lock?: SharedOptions["lock"],
): SynchronizedValue<C>;
export function synchronized<C extends Typecode>(
  object: RawArray<C>,
  lock?: SharedOptions["lock"],
): SynchronizedArray<C>;
export function synchronized(
  object: unknown,
  lock?: SharedOptions["lock"],
): SynchronizedValue | SynchronizedArray {
  const chosen = chooseLock({ lock: lock === false ? true : lock })!;
  if (object instanceof RawValue) return new SynchronizedValue(object, chosen);
  if (object instanceof RawArray) return new SynchronizedArray(object, chosen);
  throw new ArgumentTypeError(`Expected a RawValue or a RawArray, got ${describeValue(object)}.`);
}
