import { ValueError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { currentCaller, type Session } from "../../managers/session.ts";
import { abandoned, type LockSemantics } from "./lock-semantics.ts";
import { Waiters } from "./waiters.ts";

/** What a client has taken and not given back. */
interface Share {
  permits: number;
  readonly forget: () => void;
}

/**
 * Python's `Semaphore`, in a server. Nobody owns a permit, so what a client that died has taken can be told only where
 * nobody gives back more than it took, as one does that signals with it.
 */
export class SemaphoreObject {
  readonly #initial: number;
  readonly #semantics: LockSemantics;
  readonly #line: Waiters<"taken" | "abandoned"> = new Waiters();
  readonly #shares: Map<Session, Share> = new Map();
  #free: number;
  #lost = 0;
  #signals: boolean;

  constructor(value: number = 1, semantics: LockSemantics = "threading") {
    this.#initial = checkInteger("value", value, 0);
    this.#semantics = semantics;
    this.#free = value;
    // One that begins with none is a signal: its permits do not come back.
    this.#signals = value === 0;
  }

  async acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    const { session } = currentCaller();
    if (this.#free > 0) {
      this.#free--;
      this.#count(session, 1);
      return true;
    }
    if (this.#isAbandoned) throw abandoned("The clients that had its permits");
    if (limit !== undefined && limit <= 0) return false;
    const outcome = await this.#line.wait(limit, session, (how) => {
      if (how === "taken") this.#count(session, 1);
    });
    if (outcome === "abandoned") throw abandoned("The clients that had its permits");
    return outcome === "taken";
  }

  release(n: number = 1): void {
    const permits = checkInteger("n", n);
    this.#count(currentCaller().session, -permits);
    this.#returnPermits(permits);
  }

  getValue(): number {
    return this.#free;
  }

  locked(): boolean {
    return this.#free === 0;
  }

  get #isAbandoned(): boolean {
    return !this.#signals && this.#lost >= this.#initial;
  }

  #returnPermits(permits: number): void {
    for (let left = permits; left > 0; left--) if (!this.#line.wakeOne("taken")) this.#free++;
  }

  #count(session: Session, permits: number): void {
    if (this.#signals) return;
    let share = this.#shares.get(session);
    if (share === undefined) {
      // Later, when all that this client waited for was given up: it must not be woken by its own end.
      const forget = session.onDisconnect(() => queueMicrotask(() => this.#onHolderGone(session)));
      share = { permits: 0, forget };
      this.#shares.set(session, share);
    }
    share.permits += permits;
    if (share.permits < 0) this.#signals = true;
    if (share.permits <= 0) {
      share.forget();
      this.#shares.delete(session);
    }
  }

  #onHolderGone(session: Session): void {
    const permits = this.#shares.get(session)?.permits ?? 0;
    this.#shares.delete(session);
    if (this.#signals || permits === 0) return;
    if (this.#semantics === "threading") {
      this.#returnPermits(permits);
      return;
    }
    this.#lost += permits;
    if (this.#isAbandoned) this.#line.wakeAll("abandoned");
  }
}

/** Python's `BoundedSemaphore`, in a server. */
export class BoundedSemaphoreObject extends SemaphoreObject {
  readonly #initial: number;

  constructor(value: number = 1, semantics: LockSemantics = "threading") {
    super(value, semantics);
    this.#initial = value;
  }

  override release(n: number = 1): void {
    if (this.getValue() + n > this.#initial) throw new ValueError("Semaphore released too many times");
    super.release(n);
  }
}
