import { moduleBeingLoaded } from "@concurrent-futures/callable/load";
import { RuntimeError } from "@concurrent-futures/core/errors";
import { identity } from "./identity.ts";

/**
 * How deep workers may start workers. Programs that mean it need three or four; at sixteen, a module that starts one
 * after it was imported has cost sixteen idle workers, and no more.
 */
const deepest = 16;

/** Whether this is a worker that is importing a module for what it shall run. */
export function isBootstrapping(): boolean {
  return identity() !== undefined && moduleBeingLoaded() !== undefined;
}

/**
 * A module that starts workers when it is imported would, imported by such a worker, start the next one, and so on.
 *
 * @param what - what was about to be started, such as "a new process".
 * @throws RuntimeError in a worker that is importing a module for what it shall run, or that is too deep below the main program
 */
export function assertBootstrapped(what: string): void {
  const own = identity();
  if (own === undefined) return;
  const loading = moduleBeingLoaded();
  if (loading !== undefined) {
    throw new RuntimeError(
      `An attempt has been made to start ${what} before the current process has finished its bootstrapping phase: ` +
        `${own.name} is importing ${loading} for a function that it will run, and this import starts workers. ` +
        "Start it in a function, or only in the main program (`if (mp.parentProcess() === null) { … }`), or move what the " +
        "worker runs to a module of its own.",
    );
  }
  if (own.parent.depth + 1 >= deepest) {
    throw new RuntimeError(
      `An attempt has been made to start ${what} in ${own.name}, which is ${deepest} workers below the main program. ` +
        "Probably a module starts workers soon after it is imported, and its workers import it: start them only in the " +
        "main program (`if (mp.parentProcess() === null) { … }`), or move what the workers run to a module of its own.",
    );
  }
}
