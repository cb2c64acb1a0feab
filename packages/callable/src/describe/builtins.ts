import { builtinModules } from "node:module";
import { types } from "node:util";
import { isNative } from "../values/native.ts";
import type { ExportAddress } from "../wire.ts";
import { globalNames } from "./globals.ts";

/** Builtins by identity: of Node's modules, and of the language. */

// Undocumented, but there since ever; where it is missing all modules count as loaded.
const { moduleLoadList } = process as unknown as { readonly moduleLoadList?: readonly string[] };

let listed = -1;
const addresses = new Map<unknown, ExportAddress>();

/** Where a value is exported by a module of Node's own, if one that is loaded exports it; `path` may be empty. */
export function builtinAddress(value: unknown): ExportAddress | undefined {
  const length = moduleLoadList?.length ?? 0;
  if (length !== listed) {
    listed = length;
    for (const name of loadedNames()) addModule(name);
  }
  return addresses.get(value);
}

/** Modules that complain when they are touched. */
const avoided: ReadonlySet<string> = new Set([
  "punycode",
  "sys",
  "_stream_wrap",
  "trace_events",
  "wasi",
  "sqlite",
  "test",
]);
const publicNames: ReadonlySet<string> = new Set(
  builtinModules.filter((name) => !name.startsWith("_") && !avoided.has(name)),
);

const added = new Set<string>();

function loadedNames(): string[] {
  const names = moduleLoadList?.map((entry) => entry.replace(/^NativeModule /, "")) ?? [...publicNames];
  return names.filter((name) => publicNames.has(name) && !added.has(name));
}

function addModule(name: string): void {
  added.add(name);
  const exports: unknown = process.getBuiltinModule(name);
  if ((typeof exports !== "object" && typeof exports !== "function") || exports === null) return;
  const url = `node:${name}`;
  add(exports, { url, path: [] });
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exports)) as [
    string,
    PropertyDescriptor,
  ][]) {
    if (typeof value === "function") add(value, { url, path: [key] });
  }
}

function add(value: unknown, address: ExportAddress): void {
  if (!addresses.has(value)) addresses.set(value, address);
}

let paths: Map<unknown, readonly string[]> | undefined;

/** The path from `globalThis` of a builtin function of the language or of Node: `["Object", "defineProperty"]`. */
export function globalPath(value: Function): readonly string[] | undefined {
  paths ??= collectGlobals();
  const path = paths.get(value);
  if (path !== undefined) return path;
  // The same class of another realm: Jest's modules and its test files have one each.
  const here = dataOf(global, value.name);
  return globalNames().has(value.name) && typeof here === "function" && isNative(here) && isNative(value)
    ? [value.name]
    : undefined;
}

const global = globalThis as unknown as Record<string, unknown>;

function collectGlobals(): Map<unknown, readonly string[]> {
  const found = new Map<unknown, readonly string[]>();
  for (const name of globalNames()) {
    const value = dataOf(global, name);
    if (!isObject(value) || value === globalThis || value === process || types.isProxy(value)) continue;
    if (typeof value === "function" && !found.has(value)) found.set(value, [name]);
    collectMembers(found, value, [name]);
    const prototype = typeof value === "function" ? dataOf(value, "prototype") : undefined;
    if (isObject(prototype)) collectMembers(found, prototype, [name, "prototype"]);
  }
  return found;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

function collectMembers(
  found: Map<unknown, readonly string[]>,
  holder: object,
  path: readonly string[],
): void {
  for (const name of Object.getOwnPropertyNames(holder)) {
    const value = dataOf(holder, name);
    if (typeof value === "function" && name !== "constructor" && !found.has(value))
      found.set(value, [...path, name]);
  }
}

/** Data properties only: some globals of Node are getters that load a lot. */
function dataOf(holder: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, name)?.value;
}
