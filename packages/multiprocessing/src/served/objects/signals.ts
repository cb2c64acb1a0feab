import { ArgumentTypeError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { LockObject, RLockObject } from "./locks.ts";
import { Waiters } from "./waiters.ts";

/** Python's `Event`, in a server. */
export class EventObject {
  #flag = false;
  readonly #waiters: Waiters<true> = new Waiters();

  isSet(): boolean {
    return this.#flag;
  }

  set(): void {
    this.#flag = true;
    this.#waiters.wakeAll(true);
  }

  clear(): void {
    this.#flag = false;
  }

  async wait(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    if (this.#flag) return true;
    return (await this.#waiters.wait(limit)) ?? false;
  }
}

/** Python's `Condition`, in a server. `waitFor` runs in the client. */
export class ConditionObject {
  readonly #lock: LockObject;
  readonly #waiters: Waiters<true> = new Waiters();

  constructor(lock: LockObject = new RLockObject()) {
    if (!(lock instanceof LockObject)) {
      throw new ArgumentTypeError(
        "Expected `lock` to be a Lock or RLock of the same context, or of the same manager.",
      );
    }
    this.#lock = lock;
  }

  acquire(timeout?: number): Promise<boolean> {
    return this.#lock.acquire(timeout);
  }

  release(): void {
    this.#lock.release();
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  async wait(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    LockObject.inner.check(this.#lock, "wait on");
    const woken = this.#waiters.wait(limit);
    const reacquire = LockObject.inner.suspend(this.#lock);
    const result = (await woken) ?? false;
    await reacquire();
    return result;
  }

  notify(n: number = 1): void {
    const most = checkInteger("n", n);
    LockObject.inner.check(this.#lock, "notify on");
    for (let left = most; left > 0 && this.#waiters.wakeOne(true); left--);
  }

  notifyAll(): void {
    LockObject.inner.check(this.#lock, "notify on");
    this.#waiters.wakeAll(true);
  }
}
