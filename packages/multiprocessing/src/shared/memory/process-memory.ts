import { SerializationError } from "@concurrent-futures/core";
import { findProcessMemory, type ProcessMemory } from "@concurrent-futures/process/workers";

/** Whether there is memory that processes share. */
export function hasProcessMemory(): boolean {
  return findProcessMemory().memory !== undefined;
}

/**
 * The package that brings it.
 *
 * @param what, instead - what is asked for, and what would do as well without such memory
 * @throws SerializationError when there is none
 */
export function processMemory(what: string, instead: string): ProcessMemory {
  const found = findProcessMemory();
  if (found.memory !== undefined) return found.memory;
  throw new SerializationError(
    `${what} of processes lies in memory that they share, ${found.why}. Otherwise use ${instead}, or threads (getContext("thread")).`,
    { cause: found.cause },
  );
}
