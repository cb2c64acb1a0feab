import { processMemory } from "./memory/process-memory.ts";

/**
 * Makes zeroed memory that threads and processes share; needs `@concurrent-futures/shared-memory`, whose function of that
 * name this is.
 *
 * A typed array over it that is an argument, is captured, goes through a queue or pipe, or is a result is a view of the same
 * memory in every thread and process of the program. It is freed when nobody has it any more.
 *
 * @param bytes - how many, from 1 to about 4 GiB.
 * @throws SerializationError where processes have no memory that they share; SharedMemoryError when there is no room.
 *
 * @example
 * ```ts
 * const samples = new Float64Array(mp.sharedBuffer(8 * 1_000_000));
 * await pool.apply(analyse, [samples]);
 * ```
 */
export function sharedBuffer(bytes: number): ArrayBuffer {
  return processMemory("sharedBuffer", "a SharedArrayBuffer with threads").SharedBuffer.allocate(bytes);
}
