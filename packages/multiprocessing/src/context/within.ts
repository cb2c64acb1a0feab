import { makeIn } from "../shared/memory/backends.ts";
import { processBackend } from "../shared/memory/process-backend.ts";
import { hasProcessMemory, processMemory } from "../shared/memory/process-memory.ts";
import { threadBackend } from "../shared/memory/thread-backend.ts";

export type Make = (...args: never[]) => object;

/**
 * Lets a function make its object in the memory of a context.
 *
 * @param what - the object, by name
 * @param otherwise - where processes share no memory: how it is made in a server; or, if it is refused, what would do instead
 */
export type Within = <F extends Make>(what: string, make: F, otherwise: F | string) => F;

/** In memory that threads share, whatever the default is. */
export const withinThread: Within = (_what, make) =>
  ((...args) => makeIn(threadBackend(), () => make(...args))) as typeof make;

/** In memory that processes share, where there is any. */
export const withinSpawn: Within = (what, make, otherwise) =>
  ((...args) => {
    if (typeof otherwise === "string") processMemory(what, otherwise);
    else if (!hasProcessMemory()) return otherwise(...args);
    return makeIn(processBackend(), () => make(...args));
  }) as typeof make;
