/**
 * What `@concurrent-futures/multiprocessing` uses of this package, at exactly this version. Not for users.
 */
export { Arena } from "./arena/arena.ts";
export { SharedMemoryError } from "./errors.ts";
export { createNamed, openNamed, unlinkNamed } from "./named-memory.ts";
export { SharedBuffer } from "./shared-buffer.ts";
