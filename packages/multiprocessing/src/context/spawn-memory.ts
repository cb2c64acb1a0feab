import { makeIn } from "../shared/memory/backends.ts";
import { processBackend } from "../shared/memory/process-backend.ts";
import { hasProcessMemory, processMemory } from "../shared/memory/process-memory.ts";

/** How the spawn context makes what lies in memory that processes share. */

type Make = (...args: never[]) => object;

/** In that memory where there is some; otherwise what a server of this program has. */
export function inMemoryOr<F extends Make>(make: F, served: F): F {
  return ((...args: Parameters<F>) =>
    hasProcessMemory() ? makeIn(processBackend(), () => make(...args)) : served(...args)) as F;
}

/** In that memory only: refused where there is none. */
export function inMemory(what: string, instead: string, make: Make): Make {
  return (...args) => {
    processMemory(what, instead);
    return makeIn(processBackend(), () => make(...args));
  };
}
