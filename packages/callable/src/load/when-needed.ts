import { moduleLoadLock } from "@concurrent-futures/core/keys";
import { requireFrom } from "./modules.ts";

type Full = typeof import("./full.ts");

let loaded: Full | undefined;

/** What a worker's host may put there: it keeps the thread from being ended while modules are being put together. */
interface Gate {
  enter(): void;
  leave(): void;
}

/** The rest of this package's worker side, loaded at the first call; by name, since this file may be part of a bundle elsewhere. */
export function full(): Full {
  if (loaded !== undefined) return loaded;
  const gate = (globalThis as { [moduleLoadLock]?: Gate })[moduleLoadLock];
  gate?.enter();
  try {
    loaded = requireFrom(import.meta.url)("@concurrent-futures/callable/full") as Full;
  } finally {
    gate?.leave();
  }
  return loaded;
}
