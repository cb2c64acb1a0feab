import { ownModules } from "@concurrent-futures/core/keys";
import type { ExportAddress } from "../wire.ts";

/**
 * This library's own modules. They are files beside this one, unless a bundler has put them into a program: then they
 * have no files, and URLs of their own (`scripts/bundle.mjs`), by which a worker has them, too.
 */
type Namespace = Record<string, unknown>;
type Modules = Readonly<Record<string, () => Namespace>>;

function modules(): Modules | undefined {
  return (globalThis as { [ownModules]?: Modules })[ownModules];
}

/** A module in the program itself, by its URL; one of others that the library needs, by its name. */
export function ownModule(specifier: string): Namespace | undefined {
  return modules()?.[specifier]?.();
}

let addresses: { readonly count: number; readonly of: WeakMap<object, ExportAddress> } | undefined;

/** Where a function or class is exported, if it is one of this library in a bundle. */
export function ownAddress(value: object): ExportAddress | undefined {
  const all = modules();
  if (all === undefined) return undefined;
  const urls = Object.keys(all).filter((url) => url.startsWith("concurrent-futures:"));
  // Other packages of the library may have come since.
  if (addresses?.count !== urls.length) addresses = { count: urls.length, of: tableOf(all, urls) };
  return addresses.of.get(value);
}

function tableOf(all: Modules, urls: readonly string[]): WeakMap<object, ExportAddress> {
  const table = new WeakMap<object, ExportAddress>();
  for (const url of urls) {
    for (const [name, value] of Object.entries(all[url]?.() ?? {})) {
      if (typeof value === "function" && !table.has(value)) table.set(value, { url, path: [name] });
    }
  }
  return table;
}
