/** The few builtin modules that are not needed by every worker, taken when first used. */
type Builtins = {
  "node:module": typeof import("node:module");
  "node:inspector": typeof import("node:inspector");
  "node:vm": typeof import("node:vm");
  "node:fs": typeof import("node:fs");
  "node:timers": typeof import("node:timers");
  "node:url": typeof import("node:url");
};

/**
 * A builtin module, without an import statement: it is loaded when first asked for, and a test runner that wraps
 * imports (Jest) hands out the real one.
 *
 * @returns `undefined` where this Node was built without it, such as an inspector.
 */
export function builtin<K extends keyof Builtins>(name: K): Builtins[K] | undefined {
  return process.getBuiltinModule(name) as Builtins[K] | undefined;
}
