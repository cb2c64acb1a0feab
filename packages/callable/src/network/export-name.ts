import { knownAddress } from "../values/known-address.ts";
import type { FunctionSource } from "../values/source.ts";
import type { ExportAddress } from "../wire.ts";

/** Where a function or class is exported, as two machines call it that have the same modules at different places. */
export interface ExportName {
  readonly module: string;
  /** The way from the module's namespace to the value: `["default"]`, `["Lock"]`, `["geometry", "area"]`. */
  readonly path: readonly string[];
}

/** How a sender names exports, for a receiver that has the same modules. */
export interface ExportNames {
  /** Finds where functions and classes are exported. */
  readonly source: FunctionSource;
  /** What the receiver calls an address; `undefined` for what it cannot have. */
  nameOf(address: ExportAddress): ExportName | undefined;
}

/** The name of a function or class; `undefined` where it is not exported, or not known to the other side. */
export function exportName(value: Function, { source, nameOf }: ExportNames): ExportName | undefined {
  const address = knownAddress(value) ?? source.find(value);
  return address === undefined ? undefined : nameOf(address);
}
