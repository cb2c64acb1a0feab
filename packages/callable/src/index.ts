export { describe } from "./describe/describe.ts";
export { load, loadSync } from "./describe/load.ts";
export { pack, packError } from "./describe/pack.ts";
export { hasPrivateFields } from "./describe/private-fields.ts";
export { type TaskReference, type TasksOf, task, tasksFrom } from "./describe/task.ts";
export { type Medium, type ModuleReference, reduce, reference, revive } from "./symbols.ts";
export { move } from "./values/move.ts";
export { unpack, unpackError, unpackErrorSync, unpackSync } from "./values/pack.ts";
export type { AnyFunction, CallableRef, PackedError } from "./wire.ts";
