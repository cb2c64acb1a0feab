import { RuntimeError } from "@concurrent-futures/core";
import { identity } from "@concurrent-futures/process/workers";

/** What this thread or process knows of itself. */
interface Self {
  readonly name: string;
  readonly daemon: boolean;
  /** The numbers behind its name: the second child of the first has 1, 2. Empty in the main one. */
  readonly path: readonly number[];
}

let self: Self | undefined;
let children = 0;
let bootstrapping = false;

/** What this one is: the main process, a worker of a pool, or what {@link become} said. */
export function ownSelf(): Self {
  self ??= { name: identity()?.name ?? "MainProcess", daemon: false, path: [] };
  return self;
}

/** Says what this one is: once, when it starts. */
export function become(given: Self): void {
  self = given;
}

/** The path of the next child. */
export function nextPath(): readonly number[] {
  children++;
  return [...ownSelf().path, children];
}

/** Runs what loads the program of this child. Until it is there, {@link assertBootstrapped} throws. */
export async function bootstrap<T>(load: () => T | Promise<T>): Promise<T> {
  bootstrapping = true;
  try {
    return await load();
  } finally {
    bootstrapping = false;
  }
}

/**
 * A module that starts processes when it is imported would, imported by such a process, start the next one, and so on.
 *
 * @throws RuntimeError while the program of this child is being loaded
 */
export function assertBootstrapped(): void {
  if (!bootstrapping) return;
  throw new RuntimeError(
    "An attempt has been made to start a new process before the current process has finished its bootstrapping phase: " +
      "the module of the target starts processes when it is imported. Start them only in the main program, for example " +
      "in `if (mp.parentProcess() === null) { … }`, or move the target to a module of its own.",
  );
}
