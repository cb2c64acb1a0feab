import { checkTimeout } from "@concurrent-futures/core/options";
import { RLock } from "../contract/lock.ts";
import { beginAsyncScope, currentOwnerPath, endAsyncScope, isWithin, mayRelease } from "../contract/owner.ts";
import { AssertionError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import { SemaphoreState } from "./memory/semaphore-state.ts";
import { acquired, done } from "./memory/settled.ts";
import type { WaitQueueMemory } from "./memory/wait-queue.ts";
import { notHeld, type Resume } from "./resume.ts";

/** An `RLock` in memory that threads share. */
export class SharedRLock extends RLock {
  readonly #state: SemaphoreState;
  readonly #words: Int32Array;
  /** The owner within the owning thread. Written by the owner alone, as is the depth, which is the word after. */
  readonly #owner: number;
  readonly #depth: number;

  constructor(state: SemaphoreState = SemaphoreState.createLock(2)) {
    super();
    this.#state = state;
    this.#words = state.queue.words;
    this.#owner = state.firstWord;
    this.#depth = state.firstWord + 1;
  }

  static {
    defineTransfer<SharedRLock, WaitQueueMemory>(SharedRLock, {
      module: import.meta.url,
      name: "SharedRLock",
      pack: (lock) => lock.#state.queue.memory,
      unpack: (memory) => new SharedRLock(SemaphoreState.attach(memory)),
    });
  }

  override acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    if (this.#reacquire()) return acquired;
    const [owner] = beginAsyncScope(false);
    if (this.#state.tryAcquire() && this.#take(owner, 1)) return acquired;
    return this.#state.acquire(limit).then(
      (taken) => this.#settle(taken, owner),
      (error: unknown) => {
        endAsyncScope(owner);
        throw error;
      },
    );
  }

  override acquireSync(timeout?: number): boolean {
    const limit = checkTimeout("timeout", timeout);
    if (this.#reacquire()) return true;
    const [owner] = beginAsyncScope(true);
    let taken = false;
    try {
      taken = this.#state.acquireSync(limit);
    } finally {
      this.#settle(taken, owner);
    }
    return taken;
  }

  override release(): Promise<void> {
    this.releaseSync();
    return done;
  }

  override releaseSync(): void {
    // What a thread that has exited holds, nobody owns any more.
    if (this.#isMine()) this.#addLevels(-1);
    else if (this.#state.isAbandoned) this.#addLevels(-this.#level);
    else {
      throw new AssertionError(
        `attempt to release recursive lock not owned by thread: this RLock is ${this.#holder()}. ` +
          "Release it in the worker, and within the task or run(), that acquired it.",
      );
    }
    if (this.#level > 0) return;
    endAsyncScope(this.#words[this.#owner] as number);
    this.#state.release(1);
  }

  override locked(): boolean {
    return this.#state.available === 0;
  }

  /** How far the memory reaches in which it lies. */
  get reach(): "thread" | "spawn" {
    return this.#state.queue.backend.reach;
  }

  /** For a condition: releases all levels, and gives what acquires them again. @throws AssertionError */
  suspend(what: string): Resume {
    this.assertMine(what);
    const owner = this.#words[this.#owner] as number;
    const depth = this.#level;
    this.#addLevels(-depth);
    this.#state.release(1);
    return {
      run: () => this.#state.acquire().then(() => this.#take(owner, depth)),
      runSync: () => this.#state.acquireSync() && this.#take(owner, depth),
    };
  }

  /** For a condition. @throws AssertionError when the current owner does not hold it */
  assertMine(what: string): void {
    if (!this.#isMine()) throw notHeld(what);
  }

  override toString(): string {
    return `<RLock(${this.#holder()})>`;
  }

  get #level(): number {
    return this.#words[this.#depth] as number;
  }

  #addLevels(n: number): void {
    this.#words[this.#depth] = this.#level + n;
  }

  #isMine(): boolean {
    return this.#isOfThread() && mayRelease(currentOwnerPath(), [this.#words[this.#owner] as number]);
  }

  #isOfThread(): boolean {
    const { owner, queue } = this.#state;
    return owner === queue.backend.ownId && this.locked();
  }

  #reacquire(): boolean {
    const holder = [this.#words[this.#owner] as number];
    if (!this.#isOfThread() || !isWithin(currentOwnerPath(), holder)) return false;
    this.#addLevels(1);
    return true;
  }

  #settle(taken: boolean, owner: number): boolean {
    if (taken) this.#take(owner, 1);
    else endAsyncScope(owner);
    return taken;
  }

  #take(owner: number, depth: number): true {
    this.#words[this.#owner] = owner;
    this.#words[this.#depth] = depth;
    return true;
  }

  #holder(): string {
    const { owner } = this.#state;
    return owner === 0 ? "held by nobody" : `held by ${this.#state.queue.backend.nameOf(owner)}`;
  }
}
