export { type Medium, type ModuleReference, reduce, reference, revive } from "../symbols.ts";
export { move } from "../values/move.ts";
export { unpack, unpackError, unpackErrorSync, unpackSync } from "../values/pack.ts";
export type { AnyFunction, CallableRef, PackedError } from "../wire.ts";
export { load, loadSync } from "./load.ts";
export { pack, packError } from "./pack.ts";
