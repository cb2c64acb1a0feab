import type { Medium } from "../symbols.ts";
import { isPlain } from "../values/plain.ts";
import { deserialize } from "../values/serialized.ts";
import { isPacked, isSerialized, type PackedError } from "../wire.ts";
import { codec } from "./load-codec.ts";

/** As `pack` of the caller's side, without an inspector as long as none is needed. */
export function pack(
  value: unknown,
  transfer?: object[],
  medium: Medium = "thread",
  name = "the result",
): unknown {
  if (isPlain(value, medium === "thread")) return value;
  const { ValuePath, lazySource, packWith } = codec();
  return packWith(lazySource, value, transfer ?? [], medium, new ValuePath(name));
}

/** As `packError` of the caller's side. */
export function packError(error: unknown, medium: Medium = "spawn"): PackedError {
  return codec().packErrorWith(codec().lazySource, error, medium);
}

/** As `unpack` of the caller's side. */
export function unpack(value: unknown): unknown | Promise<unknown> {
  if (!isPacked(value)) return value;
  return isSerialized(value) ? deserialize(value) : codec().unpack(value);
}

/** As `unpackSync` of the caller's side. */
export function unpackSync(value: unknown): unknown {
  if (!isPacked(value)) return value;
  return isSerialized(value) ? deserialize(value) : codec().unpackSync(value);
}

/** As `unpackError` of the caller's side. */
export function unpackError(packed: PackedError, callerStack?: string): unknown | Promise<unknown> {
  return codec().unpackError(packed, callerStack);
}

/** As `unpackErrorSync` of the caller's side. */
export function unpackErrorSync(packed: PackedError, callerStack?: string): unknown {
  return codec().unpackErrorSync(packed, callerStack);
}
