import { ArgumentTypeError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkFunction, checkInteger, checkTimeout, describeValue } from "@concurrent-futures/core/options";
import { Acquirable } from "../contract/acquirable.ts";
import { AssertionError } from "../errors.ts";
import { alternatives, defineTransfer, showsAsText } from "../transfer.ts";
import { Lock } from "./lock.ts";
import { done, WaitQueue, type WaitQueueMemory } from "./memory/wait-queue.ts";
import { RLock } from "./rlock.ts";

/**
 * A lock with a queue of waiters (Python: `multiprocessing.Condition`).
 *
 * @example
 * ```ts
 * await condition.run(async () => {
 *   await condition.waitFor(() => items.length > 0);
 * });
 * // in another worker
 * await condition.run(() => { items.push(1); condition.notify(); });
 * ```
 */
export class Condition extends Acquirable {
  readonly #lock: Lock | RLock;
  readonly #queue: WaitQueue;

  /** @param lock - the lock to use. @default a new RLock */
  constructor(lock: Lock | RLock = new RLock(), queue: WaitQueue = WaitQueue.create(1, 0)) {
    super();
    if (!(lock instanceof Lock || lock instanceof RLock)) {
      throw new ArgumentTypeError(
        `Expected \`lock\` to be a Lock or RLock of the thread context, got ${describeValue(lock)}.`,
      );
    }
    this.#lock = lock;
    this.#queue = queue;
  }

  static {
    defineTransfer<Condition, { lock: Lock | RLock; memory: WaitQueueMemory }>(Condition, {
      module: import.meta.url,
      name: "Condition",
      pack: (condition) => ({ lock: condition.#lock, memory: condition.#queue.memory }),
      unpack: ({ lock, memory }) => new Condition(lock, WaitQueue.attach(memory)),
      alternatives: alternatives("Condition"),
    });
    showsAsText(Condition);
  }

  override acquire(timeout?: number): Promise<boolean> {
    return this.#lock.acquire(timeout);
  }

  override acquireSync(timeout?: number): boolean {
    return this.#lock.acquireSync(timeout);
  }

  override release(): void {
    this.#lock.release();
  }

  override run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    return this.#lock.run(fn);
  }

  override runSync<R>(fn: () => R): R {
    return this.#lock.runSync(fn);
  }

  /** Whether anybody holds the lock. */
  locked(): boolean {
    return this.#lock.locked();
  }

  /**
   * Releases the lock, all levels of it, waits to be notified, and acquires it again.
   *
   * @param timeout - milliseconds to wait for a notification; acquiring again may take longer. `undefined`: for ever.
   * @returns `false` when the time was up.
   * @throws AssertionError when the lock is not held.
   */
  async wait(timeout?: number): Promise<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const lock = this.#held("wait()");
    const slot = this.#enqueue();
    const depth = releaseAll(lock);
    await this.#queue.sleep(slot, deadline, () => {});
    const notified = this.#stop(slot);
    if (lock instanceof RLock) await lock.restore(depth);
    else await lock.acquire();
    return notified;
  }

  /** As {@link wait}, blocking this thread. */
  waitSync(timeout?: number): boolean {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const lock = this.#held("waitSync()");
    const slot = this.#enqueue();
    const depth = releaseAll(lock);
    this.#queue.sleepSync(slot, deadline, () => {});
    const notified = this.#stop(slot);
    if (lock instanceof RLock) lock.restoreSync(depth);
    else lock.acquireSync();
    return notified;
  }

  /**
   * Waits until the predicate gives something truthy; it is called with the lock held (Python: `wait_for`).
   *
   * @param timeout - milliseconds over all waits together.
   * @returns what the predicate gave last.
   */
  async waitFor<R>(predicate: () => R | PromiseLike<R>, timeout?: number): Promise<R> {
    checkFunction("predicate", predicate);
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    let result = await predicate();
    while (!result && !deadline.passed) {
      await this.wait(deadline.remaining);
      result = await predicate();
    }
    return result;
  }

  /** As {@link waitFor} with a predicate that is not async, blocking this thread. */
  waitForSync<R>(predicate: () => R, timeout?: number): R {
    checkFunction("predicate", predicate);
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    let result = predicate();
    while (!result && !deadline.passed) {
      this.waitSync(deadline.remaining);
      result = predicate();
    }
    return result;
  }

  /**
   * Wakes those who have waited longest, at once; they go on when they get the lock.
   *
   * @param n - how many, at most. @default 1
   * @throws AssertionError when the lock is not held.
   */
  notify(n: number = 1): void {
    this.#wake(checkInteger("n", n), "notify()");
  }

  /** Wakes all that wait (Python: `notify_all`). @throws AssertionError when the lock is not held */
  notifyAll(): void {
    this.#wake(Number.POSITIVE_INFINITY, "notifyAll()");
  }

  override toString(): string {
    return `<Condition(${String(this.#lock)})>`;
  }

  #wake(most: number, what: string): void {
    this.#held(what);
    const queue = this.#queue;
    queue.lock();
    for (let left = most; left > 0; left--) {
      const slot = queue.first(0);
      if (slot === 0) break;
      queue.complete(slot, 0);
    }
    queue.unlock();
  }

  #held(what: string): Lock | RLock {
    if (this.#lock.isMine()) return this.#lock;
    throw new AssertionError(
      `${what} needs the lock: call it inside run(), or between acquire() and release().`,
    );
  }

  #enqueue(): number {
    return this.#queue.enqueueUnless<never>(0, () => undefined);
  }

  #stop(slot: number): boolean {
    this.#queue.lock();
    const notified = this.#queue.stateOf(slot) === done;
    this.#queue.releaseSlot(slot);
    this.#queue.unlock();
    return notified;
  }
}

function releaseAll(lock: Lock | RLock): number {
  if (lock instanceof RLock) return lock.releaseAll();
  lock.release();
  return 1;
}
