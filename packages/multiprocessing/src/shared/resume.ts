import { AssertionError } from "../errors.ts";

/** Acquires again what a condition has released, all levels of it. */
export interface Resume {
  run(): Promise<unknown>;
  runSync(): unknown;
}

/** For what only the owner of a lock may do. */
export function notHeld(what: string): AssertionError {
  return new AssertionError(
    `${what} needs the lock: call it inside run(), or between acquire() and release().`,
  );
}
