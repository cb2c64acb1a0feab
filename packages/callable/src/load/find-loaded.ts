import type { ExportAddress } from "../wire.ts";
import { registerExport } from "./exports.ts";
import { loadedModules } from "./modules.ts";

/** Where a function or class is exported, among the modules that were loaded for tasks. Needs no inspector. */
export function findLoaded(value: Function): ExportAddress | undefined {
  for (const [url, namespace] of loadedModules()) {
    // Imports repeated for a closure are keyed by specifier and parent; they are not addresses.
    if (url.includes("\u0000") || Object.prototype.toString.call(namespace) !== "[object Module]") continue;
    for (const name of Object.keys(namespace)) {
      if (safely(namespace, name) !== value) continue;
      const address: ExportAddress = { url, path: [name] };
      registerExport(address, value);
      return address;
    }
  }
  return undefined;
}

/** An export may not be initialised yet. */
function safely(namespace: Record<string, unknown>, name: string): unknown {
  try {
    return namespace[name];
  } catch {
    return undefined;
  }
}
