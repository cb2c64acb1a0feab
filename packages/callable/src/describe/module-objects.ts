import { types } from "node:util";
import type { MemberPath } from "./captures.ts";

/**
 * The objects that stand for modules where a tool has replaced Node's: Vitest's and Vite's, webpack's and rspack's,
 * esbuild's. They cannot be imported as a whole, but each of their members can be sent by itself.
 */

/** Whether an object is a module by its looks. */
export function isModule(value: object): boolean {
  if (types.isModuleNamespaceObject(value)) return true;
  if (Object.prototype.toString.call(value) === "[object Module]") return true;
  return (value as { __esModule?: unknown }).__esModule === true || hasGettersOnly(value);
}

/** In production webpack, rspack and esbuild leave no mark. Nobody writes objects of nothing but getters. */
function hasGettersOnly(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  const members = Object.values(Object.getOwnPropertyDescriptors(value));
  return (
    members.length > 0 &&
    members.every(({ get, set, enumerable }) => get !== undefined && set === undefined && enumerable === true)
  );
}

/** Of a module object, the members that are used. What a module holds of another module is narrowed in turn. */
export function only(module: object, paths: readonly MemberPath[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of new Set(paths.map(([first]) => first as string))) {
    const value = (module as Record<string, unknown>)[name];
    const further = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
    const narrow =
      typeof value === "object" &&
      value !== null &&
      isModule(value) &&
      further.every((path) => path.length > 0);
    found[name] = narrow ? only(value, further) : value;
  }
  return found;
}
