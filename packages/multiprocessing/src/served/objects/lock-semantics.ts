import { RuntimeError, ValueError } from "@concurrent-futures/core";
import { AssertionError, LockAbandonedError } from "../../errors.ts";

/**
 * Whose rules a lock in a server follows. In a manager they are those of Python's `threading`: misuse is a RuntimeError,
 * and what a client held is free when it goes. In the spawn context they are those of `multiprocessing`, as between
 * threads: ValueError, AssertionError, and a LockAbandonedError for a caller that comes after a holder that died.
 */
export type LockSemantics = "threading" | "multiprocessing";

/** For a lock that nobody holds. */
export function notLocked(semantics: LockSemantics): Error {
  return semantics === "threading"
    ? new RuntimeError("release unlocked lock")
    : new ValueError("semaphore or lock released too many times: nobody holds this Lock. Acquire it first.");
}

/** For what only the holder may do. */
export function notOwned(semantics: LockSemantics, what: string): Error {
  const message = `cannot ${what} un-acquired lock: acquire it first, in the same task or run().`;
  return semantics === "threading" ? new RuntimeError(message) : new AssertionError(message);
}

/** For those who want what a dead client holds. */
export function abandoned(what: string): LockAbandonedError {
  return new LockAbandonedError(
    `${what} ended while holding it. The data it protects may be inconsistent. Check it, then call release() to use it again.`,
  );
}
