import type { FunctionSource } from "../values/source.ts";
import { findLoaded } from "./find-loaded.ts";
import { importer, requireOwn } from "./modules.ts";

/**
 * What a worker knows about functions: at first only those of the modules that it has loaded for its tasks. The
 * inspector's side is loaded when that is not enough: a task returns a closure, or submits in turn.
 */

let inspectedNow: FunctionSource | undefined;

function inspected(): FunctionSource {
  inspectedNow ??= (
    requireOwn(
      "@concurrent-futures/callable/source",
      import.meta.url,
    ) as typeof import("../describe/source.ts")
  ).inspectedSource;
  return inspectedNow;
}

/**
 * For what a worker starts with: loads it before where it could not be loaded later. Node 20 does not ask the hooks of Yarn's
 * Plug'n'Play when `require` meets an ES module; they find packages inside of archives.
 */
export function withSource(start: () => void): void {
  if (process.versions["pnp"] === undefined || !process.versions.node.startsWith("20.")) {
    start();
    return;
  }
  void importer(undefined)("@concurrent-futures/callable/source").then((source) => {
    inspectedNow = (source as unknown as typeof import("../describe/source.ts")).inspectedSource;
    start();
  });
}

export const lazySource: FunctionSource = {
  find: (value) => findLoaded(value) ?? inspected().find(value),
  snapshot: (value, role) => inspected().snapshot(value, role),
  builtinPath: (value) => inspected().builtinPath(value),
  belongsToNode: (value) => inspected().belongsToNode(value),
  hasPrivateFields: (value) => inspected().hasPrivateFields(value),
  findModule: (value) => inspected().findModule(value),
};
