import { lazySource } from "../load/lazy-source.ts";
import { knownAddress } from "../values/encode-function.ts";
import type { ExportAddress } from "../wire.ts";

/** Where a function or class is exported, as two machines call it that have the same modules at different places. */
export interface ExportName {
  readonly module: string;
  /** The way from the module's namespace to the value: `["default"]`, `["Lock"]`, `["geometry", "area"]`. */
  readonly path: readonly string[];
}

/** Says what an address is called on the other machine; `undefined` for what that cannot have. */
export type NameOf = (address: ExportAddress) => ExportName | undefined;

/** The name of a function or class; `undefined` where it is not exported, or not known to the other side. */
export function exportName(value: Function, nameOf: NameOf): ExportName | undefined {
  const address = knownAddress(value) ?? lazySource.find(value);
  return address === undefined ? undefined : nameOf(address);
}
