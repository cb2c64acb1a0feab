import { requireFrom } from "./modules.ts";

type Full = typeof import("./full.ts");

let loaded: Full | undefined;

/** The rest of this package's worker side, loaded at the first call. */
export function full(): Full {
  loaded ??= requireFrom(import.meta.url)("./full.js") as Full;
  return loaded;
}
