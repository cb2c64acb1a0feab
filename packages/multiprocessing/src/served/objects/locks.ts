import { checkTimeout } from "@concurrent-futures/core/options";
import { type Caller, currentCaller } from "../../managers/session.ts";
import { abandoned, type LockSemantics, notLocked, notOwned } from "./lock-semantics.ts";
import { Waiters } from "./waiters.ts";

/** Locks that live in a server. They are plain objects there: one thread carries out all calls. */

/** Takes a lock back, with all its levels. */
type Reacquire = () => Promise<void>;

/** Python's `Lock`. Who waits has it in the moment it is released, so nobody who comes later has it before. */
export class ServedLock {
  protected readonly semantics: LockSemantics;
  protected holder: Caller | undefined;
  protected depth = 0;
  readonly #line: Waiters<"taken" | "abandoned"> = new Waiters();
  #forget: () => void = () => {};
  #abandoned = false;

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
    check(lock: ServedLock, what: string): void;
    /** Lets it go, whatever the depth. */
    suspend(lock: ServedLock): Reacquire;
  } = {
    check: (lock, what) => {
      if (!lock.isMine()) throw notOwned(lock.semantics, what);
    },
    suspend: (lock) => lock.#suspend(),
  };

  protected isMine(): boolean {
    // As in Python: for threading whoever holds it will do.
    return this.semantics === "threading"
      ? this.holder !== undefined
      : this.holder?.session === currentCaller().session;
  }

  protected free(): void {
    this.#forget();
    this.holder = undefined;
    this.depth = 0;
    this.#abandoned = false;
    this.#line.wakeOne("taken");
  }

  async #acquire(caller: Caller, limit: number | undefined, depth: number): Promise<boolean> {
    if (this.#abandoned) throw abandoned("A client");
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
    this.#abandoned = true;
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

/** Python's `RLock`; its owner is an owner in a client, with those within it. */
export class ServedRLock extends ServedLock {
  override async acquire(timeout?: number): Promise<boolean> {
    if (!this.isMine()) return super.acquire(timeout);
    checkTimeout("timeout", timeout);
    this.depth++;
    return true;
  }

  override release(): void {
    if (!this.isMine()) throw notOwned(this.semantics, "release");
    if (--this.depth === 0) this.free();
  }

  protected override isMine(): boolean {
    const caller = currentCaller();
    return this.holder?.session === caller.session && isWithin(caller.owner, this.holder.owner);
  }
}

/** Whether an owner is another or runs within it: `client:3/1/0` runs within `client:1/0`. */
function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.endsWith(`/${outer.slice(outer.indexOf(":") + 1)}`);
}
