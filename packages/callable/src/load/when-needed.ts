import { requireFrom } from "./modules.ts";

type Full = typeof import("./full.ts");

let loaded: Full | undefined;

/** A worker's host may put one here: it keeps the thread from being ended while modules are being put together. */
const loadingGate = Symbol.for("concurrent-futures.loading-gate");

interface Gate {
  enter(): void;
  leave(): void;
}

/** The rest of this package's worker side, loaded at the first call. */
export function full(): Full {
  if (loaded !== undefined) return loaded;
  const gate = (globalThis as { [loadingGate]?: Gate })[loadingGate];
  gate?.enter();
  try {
    loaded = requireFrom(import.meta.url)("./full.js") as Full;
  } finally {
    gate?.leave();
  }
  return loaded;
}
