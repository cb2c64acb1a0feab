import { types } from "node:util";
import { startMethod } from "../../start-method.ts";
import { processBackend } from "./process-backend.ts";
import { threadBackend } from "./thread-backend.ts";
import type { MemoryHandle, WaitBackend } from "./wait-backend.ts";

let making: WaitBackend | undefined;

/** The kind of memory in which new objects are made: that of the default context, unless {@link makeIn} says otherwise. */
export function newObjectsBackend(): WaitBackend {
  return making ?? (startMethod() === "spawn" ? processBackend() : threadBackend());
}

/** Makes an object, with all that it is made of, in one kind of memory. */
export function makeIn<T>(backend: WaitBackend, make: () => T): T {
  const before = making;
  making = backend;
  try {
    return make();
  } finally {
    making = before;
  }
}

/** The kind of memory of an object that was made elsewhere. */
export function backendOf(handle: MemoryHandle): WaitBackend {
  return types.isSharedArrayBuffer(handle) ? threadBackend(handle) : processBackend(handle);
}
