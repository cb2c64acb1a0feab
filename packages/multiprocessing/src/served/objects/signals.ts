import { ArgumentTypeError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { ServedLock, ServedRLock } from "./locks.ts";
import { Waiters } from "./waiters.ts";

/** Python's `Event`, in a server. */
export class ServedEvent {
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
export class ServedCondition {
  readonly #lock: ServedLock;
  readonly #waiters: Waiters<true> = new Waiters();

  constructor(lock: ServedLock = new ServedRLock()) {
    if (!(lock instanceof ServedLock)) {
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
    ServedLock.inner.check(this.#lock, "wait on");
    const woken = this.#waiters.wait(limit);
    const reacquire = ServedLock.inner.suspend(this.#lock);
    const result = (await woken) ?? false;
    await reacquire();
    return result;
  }

  notify(n: number = 1): void {
    const most = checkInteger("n", n);
    ServedLock.inner.check(this.#lock, "notify on");
    for (let left = most; left > 0 && this.#waiters.wakeOne(true); left--);
  }

  notifyAll(): void {
    ServedLock.inner.check(this.#lock, "notify on");
    this.#waiters.wakeAll(true);
  }
}
