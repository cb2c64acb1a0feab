import { checkFunction, checkTimeout } from "@concurrent-futures/core/options";
import { AssertionError } from "../errors.ts";
import { elsewhere, showsAsText, travels } from "../travel.ts";
import { asFlow, currentFlow, isWithin } from "./flow.ts";
import { Guarded } from "./guarded.ts";
import { thisThread } from "./lifeline.ts";
import { Permits } from "./permits.ts";

/**
 * A lock that its owner can acquire again (Python: `multiprocessing.RLock`). It is free when it has been released as
 * often as acquired. The owner is a worker thread and, within it, a flow: what runs inside one `rlock.run(fn)`, one
 * task of an executor, or all the rest of the thread's code (see flow.ts).
 *
 * @example
 * ```ts
 * await rlock.run(async () => {
 *   await rlock.run(() => deeper());
 * });
 * ```
 */
export class RLock extends Guarded {
  readonly #permits: Permits;
  readonly #words: Int32Array;
  /** The owning flow, in the owning thread. Written by the owner alone, as is the depth, which is the word after. */
  readonly #flow: number;
  readonly #depth: number;

  constructor(permits: Permits = Permits.createLock(2)) {
    super();
    this.#permits = permits;
    this.#words = permits.queue.words;
    this.#flow = permits.firstWord;
    this.#depth = permits.firstWord + 1;
  }

  static {
    travels<RLock, Permits["queue"]["memory"]>(RLock, {
      module: import.meta.url,
      name: "RLock",
      pack: (lock) => lock.#permits.queue.memory,
      unpack: (memory) => new RLock(Permits.attach(memory)),
      instead: elsewhere("RLock"),
    });
    showsAsText(RLock);
  }

  override acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    const flow = currentFlow();
    if (this.#enterAgain() || this.#tryEnter(flow)) return Promise.resolve(true);
    return this.#permits.acquire(limit).then((taken) => taken && this.#entered(flow, 1));
  }

  override acquireSync(timeout?: number): boolean {
    const limit = checkTimeout("timeout", timeout);
    const flow = currentFlow();
    if (this.#enterAgain() || this.#tryEnter(flow)) return true;
    return this.#permits.acquireSync(limit) && this.#entered(flow, 1);
  }

  /**
   * Releases once; the lock is free when its owner has done so as often as it acquired.
   *
   * @throws AssertionError when it is not held by this thread and flow.
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
    if (depth === 0) this.#permits.release(1);
  }

  override run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    checkFunction("fn", fn);
    return asFlow(() => super.run(fn));
  }

  override runSync<R>(fn: () => R): R {
    checkFunction("fn", fn);
    return asFlow(() => super.runSync(fn));
  }

  /** Whether anybody holds it. */
  locked(): boolean {
    return this.#permits.available === 0;
  }

  /** For `Condition`: whether this thread and flow hold it. */
  isMine(): boolean {
    return this.#permits.owner === thisThread && this.locked() && isWithin(this.#words[this.#flow] as number);
  }

  /** For `Condition`: releases all levels; gives how many there were. */
  releaseAll(): number {
    const depth = this.#words[this.#depth] as number;
    this.#words[this.#depth] = 0;
    this.#permits.release(1);
    return depth;
  }

  /** For `Condition`: takes it back with so many levels. */
  async restore(depth: number): Promise<void> {
    const flow = currentFlow();
    await this.#permits.acquire();
    this.#entered(flow, depth);
  }

  /** As {@link restore}, blocking this thread. */
  restoreSync(depth: number): void {
    this.#permits.acquireSync();
    this.#entered(currentFlow(), depth);
  }

  override toString(): string {
    return `<RLock(${this.#holder()})>`;
  }

  #tryEnter(flow: number): boolean {
    return this.#permits.tryAcquire() && this.#entered(flow, 1);
  }

  #enterAgain(): boolean {
    if (!this.isMine()) return false;
    this.#words[this.#depth] = (this.#words[this.#depth] as number) + 1;
    return true;
  }

  #entered(flow: number, depth: number): true {
    this.#words[this.#flow] = flow;
    this.#words[this.#depth] = depth;
    return true;
  }

  #holder(): string {
    const { owner } = this.#permits;
    return owner === 0 ? "held by nobody" : `held by thread ${owner - 1}`;
  }
}
