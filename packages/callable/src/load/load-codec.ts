import { moduleLoadLock } from "@concurrent-futures/core/keys";
import { requireOwn } from "./modules.ts";

type Codec = typeof import("./codec.ts");

let loaded: Codec | undefined;
let before = (): void => {};

/** To be run before each use of what is loaded here. */
export function beforeCodec(run: () => void): void {
  before = run;
}

/** What a worker's host may put there: it keeps the thread from being ended while modules are being put together. */
interface ModuleLoadLock {
  enter(): void;
  leave(): void;
}

/** The rest of this package's worker side, loaded at the first call; by name, since this file may be part of a bundle elsewhere. */
export function codec(): Codec {
  before();
  if (loaded !== undefined) return loaded;
  const lock = (globalThis as { [moduleLoadLock]?: ModuleLoadLock })[moduleLoadLock];
  lock?.enter();
  try {
    loaded = requireOwn("@concurrent-futures/callable/codec", import.meta.url) as Codec;
  } finally {
    lock?.leave();
  }
  return loaded;
}
