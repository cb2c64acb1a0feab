import { SerializationError } from "@concurrent-futures/core/errors";
import type { ExportAddress } from "../wire.ts";
import { loadedModule, type ModuleRequest } from "./modules.ts";
import { OwnMap } from "./own-map.ts";
import { ownAddress } from "./own-modules.ts";
import { sharedState } from "./shared-state.ts";

/** How the module of an address is asked for. */
export function requestFor(address: ExportAddress): ModuleRequest {
  return { specifier: address.url, commonjs: address.commonjs };
}

/** An export and the object that holds it: `this` of a static method. */
export interface FoundExport {
  readonly value: unknown;
  readonly holder: unknown;
}

/**
 * Functions and classes by where they are exported, and back. The caller's side enters what it described, so that
 * what comes back is the very class that it knows; this side enters what it loaded, so that sending it on is free.
 */
const { byAddress, addresses } = sharedState("exports", () => ({
  byAddress: new OwnMap<string, unknown>(),
  addresses: new WeakMap<object, ExportAddress>(),
}));

/** The address as a text. By no method: a wrong one would give the function of another address. */
export function keyOf(address: ExportAddress): string {
  let key = address.url;
  for (let at = 0; at < address.path.length; at++) key += `\u0000${address.path[at]}`;
  return key;
}

/** Remembers that this value is what the address names. */
export function registerExport(address: ExportAddress, value: object): void {
  addresses.set(value, address);
  byAddress.set(keyOf(address), value);
}

/** Where a function or class that was seen before is exported. */
export function addressOf(value: object): ExportAddress | undefined {
  return addresses.get(value) ?? ownAddress(value);
}

/** Whether the address can be resolved without loading anything. */
export function isLoaded(address: ExportAddress): boolean {
  return byAddress.has(keyOf(address)) || loadedModule(requestFor(address)) !== undefined;
}

/** The value at an address whose module is loaded. */
export function resolveExport(address: ExportAddress): unknown {
  const known = byAddress.get(keyOf(address));
  if (known !== undefined) return known;
  const { value } = findExport(address);
  if (typeof value === "function") registerExport(address, value);
  return value;
}

/** The value at an address and its holder. Throws a SerializationError that lists the exports there are. */
export function findExport(address: ExportAddress): FoundExport {
  const namespace = loadedModule(requestFor(address));
  if (namespace === undefined) throw new SerializationError(`The module ${address.url} is not loaded.`);
  let found: FoundExport = { value: namespace, holder: undefined };
  for (let index = 0; index < address.path.length; index++) {
    const name = address.path[index] as string;
    const holder = index === 0 ? exporting(namespace, name) : found.value;
    if (!hasMember(holder, name)) throw missing(address, name, holder ?? namespace);
    found = { value: (holder as Record<string, unknown>)[name], holder: index === 0 ? undefined : holder };
  }
  return found;
}

/** CommonJS modules that were imported have their members under `default` when Node could not tell the names. */
function exporting(namespace: Record<string, unknown>, name: string): unknown {
  if (hasMember(namespace, name)) return namespace;
  return hasMember(namespace["default"], name) ? namespace["default"] : namespace;
}

function hasMember(holder: unknown, name: string): boolean {
  return ((typeof holder === "object" && holder !== null) || typeof holder === "function") && name in holder;
}

function missing(address: ExportAddress, name: string, holder: unknown): SerializationError {
  const names = Object.keys(holder as object);
  return new SerializationError(
    `Expected ${address.url} to export \`${address.path.join(".")}\`, but there is no \`${name}\`. ` +
      `It has: ${names.length === 0 ? "no exports" : names.slice(0, 20).join(", ")}.`,
  );
}
