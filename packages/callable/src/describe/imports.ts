import { builtinModules } from "node:module";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import { requireFrom } from "../load/modules.ts";
import type { ModuleOrigin } from "../values/source.ts";
import { builtinAddress } from "./builtins.ts";
import { commonJsFile } from "./by-reference.ts";
import { isEntry, isLoadable, isLoadableFile } from "./importable.ts";
import { moduleText } from "./module-text.ts";
import type { Script } from "./scripts.ts";

/** How captured imports become imports in the worker. */

/** The URL from which a script's own imports are resolved. */
export function baseUrl(script: Script): string {
  if (/^(file|data):/.test(script.url)) return script.url;
  return pathToFileURL(`${process.cwd()}/${script.url === "" ? "[eval]" : script.url.replaceAll("/", "_")}`)
    .href;
}

/**
 * What a name that a module imports is in the worker. `undefined` when it is not an import, or one that only this thread
 * can resolve; its value is captured then.
 */
export function importOrigin(script: Script, local: string): ModuleOrigin | undefined {
  const found = moduleText(script).imports.get(local);
  if (found === undefined) return undefined;
  const { specifier, name } = found;
  const parent = baseUrl(script);
  if (isBuiltin(specifier)) return { specifier: `node:${specifier.replace(/^node:/, "")}`, parent, name };
  const url = /^(\.{0,2}\/|file:)/.test(specifier) ? new URL(specifier, parent).href : undefined;
  if (url?.startsWith("file:") && isEntry(url)) return undefined;
  // Node's own loader resolved it here, so it does there; from the entry file as well, which is not imported itself.
  if (script.inMainRealm && isLoadable(script)) return { specifier, parent, name };
  const resolved = url ?? resolveBare(specifier, parent);
  if (resolved === undefined || !isLoadableFile(resolved, script.inMainRealm)) return undefined;
  return { specifier: url === undefined ? specifier : url, parent, name };
}

/** What an object that some `require` or `import()` gave is in the worker; "unknown" for a module that cannot be named. */
export function moduleOrigin(value: object, inMainRealm = true): ModuleOrigin | "unknown" | undefined {
  const address = builtinAddress(value);
  if (address !== undefined && address.path.length === 0) {
    return { specifier: address.url, parent: import.meta.url, name: "default" };
  }
  if (types.isModuleNamespaceObject(value)) return namespaceOrigin(value as Record<string, unknown>);
  const file = commonJsFile(value);
  // Node keeps JSON that was imported among the modules; it is data.
  if (file?.endsWith(".json")) return undefined;
  if (file !== undefined && !isLoadableFile(pathToFileURL(file).href, inMainRealm)) return "unknown";
  if (file !== undefined) {
    const url = pathToFileURL(file).href;
    // By the way that it came here: what hooks `require` may not hook `import`, and they differ on what is the default.
    return { specifier: url, parent: url, name: "*", commonjs: true };
  }
  return (value as { __esModule?: unknown }).__esModule === true ? "unknown" : undefined;
}

function namespaceOrigin(namespace: Record<string, unknown>): ModuleOrigin | "unknown" {
  const address = "default" in namespace ? builtinAddress(namespace["default"]) : undefined;
  if (address === undefined || address.path.length > 0) return "unknown";
  return { specifier: address.url, parent: import.meta.url, name: "*" };
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function resolveBare(specifier: string, parent: string): string | undefined {
  try {
    return pathToFileURL(requireFrom(parent).resolve(specifier)).href;
  } catch {
    return undefined;
  }
}
