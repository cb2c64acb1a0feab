import { ArgumentTypeError } from "@concurrent-futures/core";
import { checkOptions, describeValue } from "@concurrent-futures/core/options";
import type { Lock, RLock } from "../contract/lock.ts";
import { SharedLock } from "./lock.ts";
import { newObjectsBackend } from "./memory/backends.ts";
import { SharedRLock } from "./rlock.ts";

/** Options of `Value` and `Array`. */
export interface SharedOptions {
  /**
   * The lock that `getLock()` gives: `true` makes an RLock, a lock of yours is used as it is, `false` makes the raw
   * value without one. @default true
   */
  readonly lock?: boolean | Lock | RLock | undefined;
}

/** The lock that the options ask for; `undefined` when there shall be none. */
export function chooseLock(options: SharedOptions | undefined): Lock | RLock | undefined {
  checkOptions("options", options, ["lock"]);
  const lock: unknown = options?.lock;
  if (lock === undefined || lock === null || lock === true) return new SharedRLock();
  if (lock === false) return undefined;
  const { reach } = newObjectsBackend();
  if ((lock instanceof SharedLock || lock instanceof SharedRLock) && lock.reach === reach) return lock;
  throw new ArgumentTypeError(
    `Expected \`lock\` to be true, false, or a Lock or RLock of the ${reach} context, got ${describeValue(lock)}.`,
  );
}
