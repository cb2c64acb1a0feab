import { checkFunction, checkTimeout } from "@concurrent-futures/core/options";
import { Acquirable } from "../contract/acquirable.ts";
import { currentOwner, isWithin, runAsOwner } from "../contract/owner.ts";
import { AssertionError } from "../errors.ts";
import { alternatives, defineTransfer, showsAsText } from "../transfer.ts";
import { SemaphoreState } from "./memory/semaphore-state.ts";
import { ownThreadId } from "./memory/thread-exits.ts";

/**
 * A lock that its owner can acquire again (Python: `multiprocessing.RLock`). It is free when it has been released as
 * often as acquired. The owner is a worker thread and, within it, what runs inside one `rlock.run(fn)`, one
 * task of an executor, or all the rest of the thread's code (see owner.ts).
 *
 * @example
 * ```ts
 * await rlock.run(async () => {
 *   await rlock.run(() => deeper());
 * });
 * ```
 */
export class RLock extends Acquirable {
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
    defineTransfer<RLock, SemaphoreState["queue"]["memory"]>(RLock, {
      module: import.meta.url,
      name: "RLock",
      pack: (lock) => lock.#state.queue.memory,
      unpack: (memory) => new RLock(SemaphoreState.attach(memory)),
      alternatives: alternatives("RLock"),
    });
    showsAsText(RLock);
  }

  override acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    const owner = currentOwner();
    if (this.#reacquire() || this.#tryAcquire(owner)) return Promise.resolve(true);
    return this.#state.acquire(limit).then((taken) => taken && this.#acquired(owner, 1));
  }

  override acquireSync(timeout?: number): boolean {
    const limit = checkTimeout("timeout", timeout);
    const owner = currentOwner();
    if (this.#reacquire() || this.#tryAcquire(owner)) return true;
    return this.#state.acquireSync(limit) && this.#acquired(owner, 1);
  }

  /**
   * Releases once; the lock is free when its owner has done so as often as it acquired.
   *
   * @throws AssertionError when it is not held by this owner.
   */
  override release(): void {
    if (!this.isMine()) {
      throw new AssertionError(
        `attempt to release recursive lock not owned by thread: this RLock is ${this.#holder()}. ` +
          "Release it in the worker, and within the task or run(), that acquired it.",
      );
    }
    const depth = (this.#words[this.#depth] as number) - 1;
    this.#words[this.#depth] = depth;
    if (depth === 0) this.#state.release(1);
  }

  override run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    checkFunction("fn", fn);
    return runAsOwner(() => super.run(fn));
  }

  override runSync<R>(fn: () => R): R {
    checkFunction("fn", fn);
    return runAsOwner(() => super.runSync(fn));
  }

  /** Whether anybody holds it. */
  locked(): boolean {
    return this.#state.available === 0;
  }

  /** For `Condition`: whether the current owner holds it. */
  isMine(): boolean {
    return this.#state.owner === ownThreadId && this.locked() && isWithin(this.#words[this.#owner] as number);
  }

  /** For `Condition`: releases all levels; gives how many there were. */
  releaseAll(): number {
    const depth = this.#words[this.#depth] as number;
    this.#words[this.#depth] = 0;
    this.#state.release(1);
    return depth;
  }

  /** For `Condition`: takes it back with so many levels. */
  async restore(depth: number): Promise<void> {
    const owner = currentOwner();
    await this.#state.acquire();
    this.#acquired(owner, depth);
  }

  /** As {@link restore}, blocking this thread. */
  restoreSync(depth: number): void {
    this.#state.acquireSync();
    this.#acquired(currentOwner(), depth);
  }

  override toString(): string {
    return `<RLock(${this.#holder()})>`;
  }

  #tryAcquire(owner: number): boolean {
    return this.#state.tryAcquire() && this.#acquired(owner, 1);
  }

  #reacquire(): boolean {
    if (!this.isMine()) return false;
    this.#words[this.#depth] = (this.#words[this.#depth] as number) + 1;
    return true;
  }

  #acquired(owner: number, depth: number): true {
    this.#words[this.#owner] = owner;
    this.#words[this.#depth] = depth;
    return true;
  }

  #holder(): string {
    const { owner } = this.#state;
    return owner === 0 ? "held by nobody" : `held by thread ${owner - 1}`;
  }
}
