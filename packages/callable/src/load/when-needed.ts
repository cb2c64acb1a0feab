import { requireFrom } from "./modules.ts";

type Full = typeof import("./full.ts");

let loaded: Full | undefined;

/** A worker's host may put one here: it keeps the thread from being ended while modules are being put together. */
const loadingGate = Symbol.for("concurrent-futures.loading-gate");

interface Gate {
  enter(): void;
  leave(): void;
}

/** The rest of this package's worker side, loaded at the first call; by name, since this file may be part of a bundle elsewhere. */
export function full(): Full {
  if (loaded !== undefined) return loaded;
  const gate = (globalThis as { [loadingGate]?: Gate })[loadingGate];
  gate?.enter();
  try {
    loaded = requireFrom(import.meta.url)("@concurrent-futures/callable/full") as Full;
  } finally {
    gate?.leave();
  }
  return loaded;
}
