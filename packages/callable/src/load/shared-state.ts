import { callableState as key } from "@concurrent-futures/core/keys";
import { OwnMap } from "./own-map.ts";

/**
 * State that must be one even where this package's code is there twice: a worker starts from a single bundled file,
 * which has its own copy of what every worker needs (`scripts/bundle.mjs`), and loads the rest, like anything that a task
 * imports, from this package's own files.
 */

/** The state of this name: made by the first who asks in this realm. */
export function sharedState<T>(name: string, make: () => T): T {
  const states = (globalThis as { [key]?: Map<string, unknown> })[key] ?? newStates();
  if (!states.has(name)) states.set(name, make());
  return states.get(name) as T;
}

function newStates(): Map<string, unknown> {
  const states = new OwnMap<string, unknown>();
  Object.defineProperty(globalThis, key, { value: states });
  return states;
}
