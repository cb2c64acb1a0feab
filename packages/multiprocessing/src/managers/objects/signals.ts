import { RuntimeError, ValueError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { BrokenBarrierError } from "../../errors.ts";
import { ServedLock, ServedRLock } from "./locks.ts";
import { Waiters } from "./waiters.ts";

/** Python's `threading.Event`, in a server. */
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

/** Python's `threading.Condition`, in a server. `waitFor` runs in the client. */
export class ServedCondition {
  readonly #lock: ServedLock;
  readonly #waiters: Waiters<true> = new Waiters();

  constructor(lock: ServedLock = new ServedRLock()) {
    if (!(lock instanceof ServedLock)) throw new ValueError("Expected a Lock or RLock of the same manager.");
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
    this.#check("wait on");
    const woken = this.#waiters.wait(limit);
    const takeBack = ServedLock.inner.suspend(this.#lock);
    const result = (await woken) ?? false;
    await takeBack();
    return result;
  }

  notify(n: number = 1): void {
    const most = checkInteger("n", n);
    this.#check("notify on");
    for (let left = most; left > 0 && this.#waiters.wakeOne(true); left--);
  }

  notifyAll(): void {
    this.#check("notify on");
    this.#waiters.wakeAll(true);
  }

  #check(what: string): void {
    if (!ServedLock.inner.heldByCaller(this.#lock)) throw new RuntimeError(`cannot ${what} un-acquired lock`);
  }
}

/** Python's `threading.Barrier`, in a server. */
export class ServedBarrier {
  readonly #size: number;
  readonly #timeout: number | undefined;
  readonly #waiters: Waiters<boolean> = new Waiters();
  #broken = false;

  constructor(parties: number, timeout?: number) {
    this.#size = checkInteger("parties", parties);
    this.#timeout = checkTimeout("timeout", timeout);
  }

  async wait(timeout: number | undefined = this.#timeout): Promise<number> {
    const limit = checkTimeout("timeout", timeout);
    if (this.#broken) throw brokenBarrier();
    const index = this.#waiters.size;
    if (index === this.#size - 1) {
      this.#waiters.wakeAll(true);
      return index;
    }
    const passed = await this.#waiters.wait(limit);
    if (passed === true) return index;
    // Late or gone: nobody can meet here any more. Woken by reset(): only those who waited are told.
    if (passed === undefined) this.abort();
    throw brokenBarrier();
  }

  reset(): void {
    this.#broken = false;
    this.#waiters.wakeAll(false);
  }

  abort(): void {
    this.#broken = true;
    this.#waiters.wakeAll(false);
  }

  parties(): number {
    return this.#size;
  }

  nWaiting(): number {
    return this.#waiters.size;
  }

  broken(): boolean {
    return this.#broken;
  }
}

function brokenBarrier(): BrokenBarrierError {
  return new BrokenBarrierError(
    "The barrier was broken: a party was late, went away, or it was aborted or reset.",
  );
}
