import { addressOf } from "../load/exports.ts";
import { type ModuleReference, reference } from "../symbols.ts";
import type { ExportAddress } from "../wire.ts";

/** The address of an export, if it needs no search: its own word, or that it was described or loaded before. */
export function knownAddress(value: Function): ExportAddress | undefined {
  const known = addressOf(value);
  if (known !== undefined) return known;
  if (!Object.hasOwn(value, reference)) return undefined;
  const own = (value as unknown as { [reference]: ModuleReference })[reference];
  return { url: own.module, path: own.path };
}
