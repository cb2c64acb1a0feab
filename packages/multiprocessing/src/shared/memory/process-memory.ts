import { createRequire } from "node:module";
import { SerializationError } from "@concurrent-futures/core";
import type * as sharedMemory from "@concurrent-futures/shared-memory/arena";

/** Memory that processes share, which an optional package brings. `large-arrays.ts` of packages/process loads it for large arguments. */
type ProcessMemory = typeof sharedMemory;

let found: { readonly memory: ProcessMemory } | { readonly why: string; readonly cause: unknown } | undefined;

function find(): NonNullable<typeof found> {
  if (process.env.CONCURRENT_FUTURES_SHARED_MEMORY === "off") {
    return { cause: undefined, why: "which CONCURRENT_FUTURES_SHARED_MEMORY=off in the environment forbids" };
  }
  if (!import.meta.url.startsWith("file:")) {
    return {
      cause: undefined,
      why: "which a bundle cannot have, since it is native code: keep the library out of the bundle",
    };
  }
  try {
    const memory = createRequire(import.meta.url)("@concurrent-futures/shared-memory/arena") as ProcessMemory;
    // Whether it works here is known only when it has made some.
    memory.Arena.own();
    return { memory };
  } catch (cause) {
    return { cause, why: reasonOf(cause) };
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  return code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND"
    ? "which needs the package @concurrent-futures/shared-memory: install it"
    : `which is not available here (${message})`;
}

/** Whether there is memory that processes share. */
export function hasProcessMemory(): boolean {
  found ??= find();
  return "memory" in found;
}

/**
 * The package that brings it.
 *
 * @param what, instead - what is asked for, and what would do as well without such memory
 * @throws SerializationError when there is none
 */
export function processMemory(what: string, instead: string): ProcessMemory {
  found ??= find();
  if ("memory" in found) return found.memory;
  throw new SerializationError(
    `${what} of processes lies in memory that they share, ${found.why}. Otherwise use ${instead}, or threads (getContext("thread")).`,
    { cause: found.cause },
  );
}
