import { RuntimeError, ValueError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { type Caller, currentCaller, type Session } from "../session.ts";
import { Waiters } from "./waiters.ts";

/** Locks that live in a server. They are plain objects there: one thread carries out all calls. */

/** Python's `threading.Semaphore`. A permit that a client has taken and not released comes back when the client goes. */
export class ServedSemaphore {
  protected free: number;
  readonly #initial: number;
  readonly #waiters: Waiters<true> = new Waiters();
  readonly #taken: Map<Session, number> = new Map();

  constructor(value: number = 1) {
    this.free = checkInteger("value", value, 0);
    this.#initial = this.free;
  }

  async acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    const { session } = currentCaller();
    if (this.free > 0) this.free--;
    else if (limit !== undefined && limit <= 0) return false;
    else if ((await this.#waiters.wait(limit, session)) === undefined) return false;
    this.#took(session);
    return true;
  }

  release(n: number = 1): void {
    const count = checkInteger("n", n);
    const { session } = currentCaller();
    const taken = this.#taken.get(session);
    if (taken !== undefined) this.#taken.set(session, Math.max(0, taken - count));
    this.#give(count);
  }

  getValue(): number {
    return this.free;
  }

  locked(): boolean {
    return this.free === 0;
  }

  #took(session: Session): void {
    const taken = this.#taken.get(session);
    this.#taken.set(session, (taken ?? 0) + 1);
    if (taken !== undefined) return;
    session.whenGone(() => {
      // A semaphore that starts with fewer permits than are taken serves as a signal: what was taken is used up.
      const back = Math.min(this.#taken.get(session) ?? 0, this.#initial - this.free);
      this.#taken.delete(session);
      if (back > 0) this.#give(back);
    });
  }

  #give(count: number): void {
    for (let left = count; left > 0; left--) if (!this.#waiters.wakeOne(true)) this.free++;
  }
}

/** Python's `threading.BoundedSemaphore`. */
export class ServedBoundedSemaphore extends ServedSemaphore {
  readonly #bound: number;

  constructor(value: number = 1) {
    super(value);
    this.#bound = value;
  }

  override release(n: number = 1): void {
    if (this.free + n > this.#bound) throw new ValueError("Semaphore released too many times");
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
