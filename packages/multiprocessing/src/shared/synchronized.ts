import { ArgumentTypeError } from "@concurrent-futures/core";
import { checkOptions, describeValue } from "@concurrent-futures/core/options";
import { Acquirable } from "../contract/acquirable.ts";
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

/**
 * Something in shared memory and the lock that guards it. Reading or writing one value is whole by itself and takes
 * no lock (Python takes it each time); hold the lock for anything longer, such as `value += 1`.
 */
export abstract class Synchronized<T> extends Acquirable {
  readonly #object: T;
  readonly #lock: Lock | RLock;

  protected constructor(object: T, lock: Lock | RLock) {
    super();
    this.#object = object;
    this.#lock = lock;
  }

  /** What is guarded, without its lock. */
  getObj(): T {
    return this.#object;
  }

  /** The lock. */
  getLock(): Lock | RLock {
    return this.#lock;
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#lock.acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.#lock.acquireSync(timeout);
  }

  override release(): Promise<void> {
    return this.#lock.release();
  }

  override releaseSync(): void {
    this.#lock.releaseSync();
  }

  override run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    return this.#lock.run(fn);
  }

  override runSync<R>(fn: () => R): R {
    return this.#lock.runSync(fn);
  }
}
