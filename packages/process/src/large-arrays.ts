import { findProcessMemory } from "./process-memory.ts";

/** From this number of bytes on: below it, a copy in the message costs less than a block of shared memory with its holders. */
const largeFrom = 2 ** 20;

/**
 * Who takes care of the memory: `passed on`, its messages do until they arrive; `kept`, its maker keeps it until they have;
 * `copied`, so does its maker, and each receiver makes a copy of its own.
 */
export type Care = "passed on" | "kept" | "copied";

/** Memory that processes share, for a large array of this number of bytes; undefined for a small one, or where there is none. */
export function memoryForLarge(bytes: number, care: Care): ArrayBuffer | undefined {
  if (bytes < largeFrom) return undefined;
  const { memory } = findProcessMemory();
  if (memory === undefined) return undefined;
  try {
    return care === "passed on"
      ? memory.SharedBuffer.allocate(bytes)
      : memory.SharedBuffer.allocateKept(bytes, care === "copied");
  } catch {
    // There is no room for it: it goes as a copy.
    return undefined;
  }
}
