import { createSyncFn } from "synckit";

export const synckitSettings = "synckit 0.12.3, createSyncFn on a module of its own";

/** A blocking call of `square`. Its thread lives as long as the program. */
export function openSynckit(): (value: number) => unknown {
  return createSyncFn<(value: number) => number>(new URL("../../workers/synckit.mjs", import.meta.url));
}
