import { checkTimeout } from "@concurrent-futures/core/options";
import { isWithin, mayRelease } from "../../contract/owner.ts";
import { type Caller, currentCaller } from "../../managers/session.ts";
import { abandoned, type LockSemantics, notLocked, notOwned } from "./lock-semantics.ts";
import { Waiters } from "./waiters.ts";

/** Locks that live in a server. They are plain objects there: one thread carries out all calls. */

/** Takes a lock back, with all its levels. */
type Reacquire = () => Promise<void>;

/** Python's `Lock`. A waiter gets it in the moment it is released, so no later caller can have it before. */
export class LockObject {
  protected readonly semantics: LockSemantics;
  protected holder: Caller | undefined;
  protected depth = 0;
  protected isAbandoned = false;
  readonly #line: Waiters<"taken" | "abandoned"> = new Waiters();
  #forget: () => void = () => {};

  constructor(semantics: LockSemantics = "threading") {
    this.semantics = semantics;
  }

  async acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return await this.#acquire(currentCaller(), limit, 1);
  }

  /** Anybody may release it. */
  release(): void {
    if (this.holder === undefined) throw notLocked(this.semantics);
    this.free();
  }

  locked(): boolean {
    return this.holder !== undefined;
  }

  /** For conditions, which may do more than clients. */
  static readonly inner: {
    /** @throws RuntimeError or AssertionError when the caller may not wait and notify */
    check(lock: LockObject, what: string): void;
    /** Lets it go, whatever the depth. */
    suspend(lock: LockObject): Reacquire;
  } = {
    check: (lock, what) => {
      if (!lock.isMine()) throw notOwned(lock.semantics, what);
    },
    suspend: (lock) => lock.#suspend(),
  };

  protected isMine(): boolean {
    // As in Python: `threading` does not check which thread holds it.
    return this.semantics === "threading"
      ? this.holder !== undefined
      : this.holder?.session === currentCaller().session;
  }

  protected free(): void {
    this.#forget();
    this.holder = undefined;
    this.depth = 0;
    this.isAbandoned = false;
    this.#line.wakeOne("taken");
  }

  async #acquire(caller: Caller, limit: number | undefined, depth: number): Promise<boolean> {
    if (this.isAbandoned) throw abandoned("A client");
    if (this.holder === undefined) {
      this.#take(caller, depth);
      return true;
    }
    if (limit !== undefined && limit <= 0) return false;
    const outcome = await this.#line.wait(limit, caller.session, (how) => {
      if (how === "taken") this.#take(caller, depth);
    });
    if (outcome === "abandoned") throw abandoned("A client");
    return outcome === "taken";
  }

  #take(caller: Caller, depth: number): void {
    this.holder = caller;
    this.depth = depth;
    // Later, when all that this client waited for was given up: it must not be woken by its own end.
    this.#forget = caller.session.onDisconnect(() => queueMicrotask(() => this.#onHolderGone(caller)));
  }

  #onHolderGone(caller: Caller): void {
    if (this.holder !== caller) return;
    if (this.semantics === "threading") {
      this.free();
      return;
    }
    this.isAbandoned = true;
    this.#line.wakeAll("abandoned");
  }

  #suspend(): Reacquire {
    const caller = currentCaller();
    const { depth } = this;
    let gone = false;
    const forget = caller.session.onDisconnect(() => {
      gone = true;
    });
    this.free();
    return async () => {
      forget();
      if (!gone) await this.#acquire(caller, undefined, depth);
    };
  }
}

/** Python's `RLock`; see `contract/owner.ts` for what owns it within a client. */
export class RLockObject extends LockObject {
  override async acquire(timeout?: number): Promise<boolean> {
    const { session, owner } = currentCaller();
    if (this.holder?.session !== session || !isWithin(owner, this.holder.owner))
      return super.acquire(timeout);
    checkTimeout("timeout", timeout);
    this.depth++;
    return true;
  }

  override release(): void {
    // What a client that is gone holds, nobody owns any more.
    if (this.isAbandoned) this.depth = 1;
    else if (!this.isMine()) throw notOwned(this.semantics, "release");
    if (--this.depth === 0) this.free();
  }

  protected override isMine(): boolean {
    const { session, owner } = currentCaller();
    return this.holder?.session === session && mayRelease(owner, this.holder.owner);
  }
}
