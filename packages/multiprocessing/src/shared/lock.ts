import { ValueError } from "@concurrent-futures/core";
import { Lock } from "../contract/lock.ts";
import { defineTransfer } from "../transfer.ts";
import { SemaphoreState } from "./memory/semaphore-state.ts";
import { done } from "./memory/settled.ts";
import type { WaitQueueMemory } from "./memory/wait-queue.ts";
import { notHeld, type Resume } from "./resume.ts";

/** A `Lock` in memory that threads share. */
export class SharedLock extends Lock {
  readonly #state: SemaphoreState;

  constructor(state: SemaphoreState = SemaphoreState.createLock()) {
    super();
    this.#state = state;
  }

  static {
    defineTransfer<SharedLock, WaitQueueMemory>(SharedLock, {
      module: import.meta.url,
      name: "SharedLock",
      pack: (lock) => lock.#state.queue.memory,
      unpack: (memory) => new SharedLock(SemaphoreState.attach(memory)),
    });
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#state.acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.#state.acquireSync(timeout);
  }

  override release(): Promise<void> {
    this.releaseSync();
    return done;
  }

  override releaseSync(): void {
    if (this.#state.release(1)) return;
    throw new ValueError(
      "semaphore or lock released too many times: nobody holds this Lock. Acquire it first.",
    );
  }

  override locked(): boolean {
    return this.#state.available === 0;
  }

  /** How far the memory reaches in which it lies. */
  get reach(): "thread" | "spawn" {
    return this.#state.queue.backend.reach;
  }

  /** For a condition: releases the lock, and gives what acquires it again. @throws AssertionError */
  suspend(what: string): Resume {
    this.assertMine(what);
    this.releaseSync();
    return { run: () => this.acquire(), runSync: () => this.acquireSync() };
  }

  /** For a condition. @throws AssertionError when this thread has not acquired it last */
  assertMine(what: string): void {
    const { owner, queue } = this.#state;
    if (!this.locked() || owner !== queue.backend.ownId) throw notHeld(what);
  }

  override toString(): string {
    return `<Lock(${this.locked() ? "locked" : "unlocked"})>`;
  }
}
