export { describe } from "./describe/describe.ts";
export { pack, packError } from "./describe/pack.ts";
export { type TaskReference, type TasksOf, task, tasksFrom } from "./describe/task.ts";
export { load, loadSync } from "./load/load.ts";
export { type Medium, type ModuleReference, reduce, reference, revive } from "./symbols.ts";
export { move } from "./values/move.ts";
export { unpack, unpackError, unpackErrorSync, unpackSync } from "./values/pack.ts";
export type { AnyFunction, CallableRef, PackedError } from "./wire.ts";
