import { RuntimeError, ValueError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { type Caller, currentCaller } from "../session.ts";
import { Waiters } from "./waiters.ts";

/** Locks that live in a server. They are plain objects there: one thread carries out all calls. */

/** Python's `threading.Semaphore`. */
export class ServedSemaphore {
  protected free: number;
  readonly #waiters: Waiters<true> = new Waiters();

  constructor(value: number = 1) {
    this.free = checkInteger("value", value, 0);
  }

  async acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    if (this.free > 0) {
      this.free--;
      return true;
    }
    if (limit !== undefined && limit <= 0) return false;
    return (await this.#waiters.wait(limit)) ?? false;
  }

  release(n: number = 1): void {
    for (let left = checkInteger("n", n); left > 0; left--) {
      if (!this.#waiters.wakeOne(true)) this.free++;
    }
  }

  getValue(): number {
    return this.free;
  }

  locked(): boolean {
    return this.free === 0;
  }
}

/** Python's `threading.BoundedSemaphore`. */
export class ServedBoundedSemaphore extends ServedSemaphore {
  readonly #initial: number;

  constructor(value: number = 1) {
    super(value);
    this.#initial = value;
  }

  override release(n: number = 1): void {
    if (this.free + n > this.#initial) throw new ValueError("Semaphore released too many times");
    super.release(n);
  }
}

/** Python's `threading.Lock` and `RLock`: what a client holds is released when it goes. */
export class ServedLock {
  protected owner: string | undefined;
  protected depth = 0;
  readonly #waiters: Waiters<true> = new Waiters();
  #forget: () => void = () => {};

  async acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    const caller = currentCaller();
    if (this.owner === undefined) {
      this.#take(caller);
      return true;
    }
    if (limit !== undefined && limit <= 0) return false;
    if ((await this.#wait(caller, limit)) === undefined) return false;
    return true;
  }

  release(): void {
    if (this.owner === undefined) throw new RuntimeError("release unlocked lock");
    this.free();
  }

  locked(): boolean {
    return this.owner !== undefined;
  }

  /** For conditions: whether the caller may wait and notify. */
  protected heldByCaller(): boolean {
    return this.owner !== undefined;
  }

  /** For conditions: lets it go, whatever the depth; the function that takes it back. */
  protected suspend(): () => Promise<void> {
    const caller = currentCaller();
    const depth = this.depth;
    this.free();
    return async () => {
      if (this.owner === undefined) this.#take(caller);
      else if ((await this.#wait(caller, undefined)) === undefined) return;
      this.depth = depth;
    };
  }

  static readonly inner: {
    heldByCaller(lock: ServedLock): boolean;
    suspend(lock: ServedLock): () => Promise<void>;
  } = { heldByCaller: (lock) => lock.heldByCaller(), suspend: (lock) => lock.suspend() };

  protected free(): void {
    this.#forget();
    this.owner = undefined;
    this.depth = 0;
    this.#waiters.wakeOne(true);
  }

  async #wait(caller: Caller, limit: number | undefined): Promise<true | undefined> {
    // Woken is not yet owner: another call may come in between, and then this one waits again.
    const end = limit === undefined ? Number.POSITIVE_INFINITY : performance.now() + limit;
    let gone = false;
    const forget = caller.session.whenGone(() => {
      gone = true;
    });
    while (this.owner !== undefined) {
      const left = end - performance.now();
      const woken = await this.#waiters.wait(left, caller.session);
      if (woken === undefined && (gone || left <= 0 || performance.now() >= end)) break;
    }
    forget();
    if (this.owner !== undefined) return undefined;
    if (gone) {
      this.#waiters.wakeOne(true);
      return undefined;
    }
    this.#take(caller);
    return true;
  }

  #take({ owner, session }: Caller): void {
    this.owner = owner;
    this.depth = 1;
    this.#forget = session.whenGone(() => this.free());
  }
}

/** Python's `threading.RLock`; its owner is a flow of a client. */
export class ServedRLock extends ServedLock {
  override async acquire(timeout?: number): Promise<boolean> {
    if (this.owner === currentCaller().owner) {
      this.depth++;
      return true;
    }
    return super.acquire(timeout);
  }

  override release(): void {
    if (this.owner !== currentCaller().owner) throw new RuntimeError("cannot release un-acquired lock");
    if (--this.depth === 0) this.free();
  }

  protected override heldByCaller(): boolean {
    return this.owner === currentCaller().owner;
  }
}
