import type { Loaded } from "./function-table.ts";

type Restore = (value: string, run: () => unknown) => unknown;

/** Runs a call within what it takes along: the first is outermost. Late, where a module must be imported first. */
export function restored<K>(
  along: readonly (readonly [restore: K, value: string])[],
  get: (restore: K) => Loaded,
  run: () => unknown,
): unknown {
  const [first, ...rest] = along;
  if (first === undefined) return run();
  const [key, value] = first;
  const restore = get(key);
  const inner = (): unknown => restored(rest, get, run);
  if (typeof restore === "function") return (restore as unknown as Restore)(value, inner);
  return restore.then((loaded) => (loaded as unknown as Restore)(value, inner));
}
