export { type Medium, type ModuleReference, reduce, reference, revive } from "../symbols.ts";
export { move } from "../values/move.ts";
export type { AnyFunction, CallableRef, PackedError } from "../wire.ts";
export { lazySource } from "./lazy-source.ts";
export { load, loadSync } from "./load.ts";
export { importModule, moduleBeingLoaded } from "./modules.ts";
export { ownExport } from "./own-export.ts";
export { pack, packError, unpack, unpackError, unpackErrorSync, unpackSync } from "./pack.ts";
