import { createRequire } from "node:module";

/** Memory that processes share, which the optional package `@concurrent-futures/shared-memory` brings. */
export type ProcessMemory = typeof import("@concurrent-futures/shared-memory/arena");

/** The package, or why there is no such memory. */
export type FoundProcessMemory =
  | { readonly memory: ProcessMemory }
  | { readonly memory: undefined; readonly why: string; readonly cause: unknown };

let found: FoundProcessMemory | undefined;

/** Loads the package when it is first needed. */
export function findProcessMemory(): FoundProcessMemory {
  found ??= find();
  return found;
}

function find(): FoundProcessMemory {
  if (process.env.CONCURRENT_FUTURES_SHARED_MEMORY === "off")
    return none("which CONCURRENT_FUTURES_SHARED_MEMORY=off in the environment forbids");
  if (!import.meta.url.startsWith("file:"))
    return none("which a bundle cannot have, since it is native code: keep the library out of the bundle");
  try {
    const memory = createRequire(import.meta.url)("@concurrent-futures/shared-memory/arena") as ProcessMemory;
    // Whether it works here is known only when it has made some.
    memory.Arena.own();
    return { memory };
  } catch (cause) {
    return none(reasonOf(cause), cause);
  }
}

function none(why: string, cause?: unknown): FoundProcessMemory {
  return { memory: undefined, why, cause };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  return code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND"
    ? "which needs the package @concurrent-futures/shared-memory: install it"
    : `which is not available here (${message})`;
}
