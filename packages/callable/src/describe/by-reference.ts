import { fileURLToPath } from "node:url";
import { requireFrom } from "../load/modules.ts";
import type { ExportAddress } from "../wire.ts";
import { builtinAddress } from "./builtins.ts";
import { isEntry, isImportable } from "./importable.ts";
import type { Inspection } from "./inspector.ts";
import { moduleText, pathInDefault } from "./module-text.ts";
import type { Script } from "./scripts.ts";

/**
 * Finds where a function is exported: by the module in which it was defined, under a name, or as a member of an
 * exported object or class. Nothing is imported for it: the engine shows the values behind the module's names.
 */
export function findExported(
  value: Function,
  inspection: Inspection,
  script: Script,
): ExportAddress | undefined {
  if (script.url.startsWith("node:")) {
    const address = builtinAddress(value);
    return address?.path.length === 0 ? { url: address.url, path: ["default"] } : address;
  }
  if (!/^(file|data):/.test(script.url) || !isImportable(script)) return undefined;
  const path = script.isModule ? exportOfModule(value, inspection, script) : exportOfCommonJs(value, script);
  if (path === undefined) return undefined;
  return script.isModule ? { url: script.url, path } : { url: script.url, path, commonjs: true };
}

type Table = readonly (readonly [name: string, value: unknown])[];

function exportTable(inspection: Inspection, script: Script): Table {
  const names = inspection.scopes().find(({ kind }) => kind === "Module")?.variables ?? {};
  return moduleText(script).exports.map(({ exported, local }) => [exported, names[local]] as const);
}

function exportOfModule(
  value: Function,
  inspection: Inspection,
  script: Script,
): readonly string[] | undefined {
  const table = exportTable(inspection, script);
  return search(value, table) ?? (inspection.location && pathInDefault(script, inspection.location));
}

/**
 * The exported object or class whose static member a function is, where the worker cannot import it: a test runner's
 * module, the entry file. It goes by value with the method.
 */
export function exportedHolder(value: Function, inspection: Inspection, script: Script): object | undefined {
  const table = script.isModule ? exportTable(inspection, script) : commonJsTable(value, inspection, script);
  const path = search(value, table);
  if (path?.length !== 2) return undefined;
  return table.find(([name]) => name === path[0])?.[1] as object;
}

/** A test runner keeps CommonJS exports to itself; the module's variables are all that shows. */
function commonJsTable(value: Function, inspection: Inspection, script: Script): Table {
  const exports: unknown = script.inMainRealm
    ? requireCache()[fileURLToPath(script.url)]?.exports
    : inspection.scopes().findLast(({ kind }) => kind === "Closure")?.variables;
  return isObject(exports) ? entriesOf(value, exports) : [];
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

function exportOfCommonJs(value: Function, script: Script): readonly string[] | undefined {
  const exports: unknown = requireCache()[fileURLToPath(script.url)]?.exports;
  if (exports === value) return [];
  return isObject(exports) ? search(value, entriesOf(value, exports)) : undefined;
}

/** Compilers export by getters, which are cheap; those of other people may load things, so the likely one is first. */
function entriesOf(value: Function, exports: object): Table {
  const keys = Object.keys(exports);
  if (keys.includes(value.name)) keys.unshift(value.name);
  return keys.map((key) => [key, safely(() => (exports as Record<string, unknown>)[key])] as const);
}

function search(value: Function, table: Table): readonly string[] | undefined {
  for (const [name, exported] of table) if (exported === value) return [name];
  for (const [name, exported] of table) {
    if (!isObject(exported)) continue;
    const member = memberOf(exported, value);
    if (member !== undefined) return [name, member];
    const prototype: unknown = typeof exported === "function" ? exported.prototype : undefined;
    const method =
      typeof prototype === "object" && prototype !== null ? memberOf(prototype, value) : undefined;
    if (method !== undefined && method !== "constructor") return [name, "prototype", method];
  }
  return undefined;
}

function memberOf(holder: object, value: Function): string | undefined {
  if (ArrayBuffer.isView(holder)) return undefined;
  const likely = Object.getOwnPropertyDescriptor(holder, value.name);
  if (likely?.value === value) return value.name;
  return Object.getOwnPropertyNames(holder).find(
    (key) => Object.getOwnPropertyDescriptor(holder, key)?.value === value,
  );
}

let cache: NodeJS.Require["cache"] | undefined;

function requireCache(): NodeJS.Require["cache"] {
  cache ??= requireFrom(import.meta.url).cache;
  return cache;
}

/** Objects that were looked up before: the file, or that they are not a module. */
const modulesSeen = new WeakMap<object, string | false>();

/** The file of a CommonJS module whose exports this object is. */
export function commonJsFile(value: object): string | undefined {
  const seen = modulesSeen.get(value);
  if (seen !== undefined) return seen === false ? undefined : seen;
  modulesSeen.set(value, false);
  for (const [file, module] of Object.entries(requireCache())) {
    if (module?.exports !== value) continue;
    if (isEntry(`file://${file}`)) return undefined;
    modulesSeen.set(value, file);
    return file;
  }
  return undefined;
}

function safely<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
