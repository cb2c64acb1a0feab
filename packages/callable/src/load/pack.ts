import type { Medium } from "../symbols.ts";
import { goesAsItIs, packErrorWith, packWith } from "../values/pack.ts";
import { Trail } from "../values/trail.ts";
import type { PackedError } from "../wire.ts";
import { lazySource } from "./lazy-source.ts";

/** As `pack` of the caller's side, without an inspector as long as none is needed. */
export function pack(
  value: unknown,
  transfer: object[] = [],
  medium: Medium = "thread",
  name = "the result",
): unknown {
  return goesAsItIs(value, medium) ? value : packWith(lazySource, value, transfer, medium, new Trail(name));
}

/** As `packError` of the caller's side. */
export function packError(error: unknown): PackedError {
  return packErrorWith(lazySource, error);
}
