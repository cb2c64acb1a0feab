import { ValueError } from "@concurrent-futures/core";
import { checkTimeout } from "@concurrent-futures/core/options";
import { Acquirable } from "../contract/acquirable.ts";
import { alternatives, defineTransfer, showsAsText } from "../transfer.ts";
import { SemaphoreState } from "./memory/semaphore-state.ts";
import { ownThreadId } from "./memory/thread-exits.ts";

const acquired: Promise<boolean> = Promise.resolve(true);

/**
 * A lock for threads (Python: `multiprocessing.Lock`). It is a few words of shared memory: pass it to workers as an
 * argument, and all of them have the same lock. Any thread may release it, not only the one that acquired it. It is not
 * recursive: acquiring it twice waits forever; see `RLock`.
 *
 * Waiters get it in the order in which they came; a newcomer may overtake a waiter, at most once. When a worker ends
 * while it holds the lock, waiters get a `LockAbandonedError`.
 *
 * @example
 * ```ts
 * const lock = new Lock();
 * await lock.run(async () => { await step(); });
 * ```
 */
export class Lock extends Acquirable {
  readonly #state: SemaphoreState;

  constructor(state: SemaphoreState = SemaphoreState.createLock()) {
    super();
    this.#state = state;
  }

  static {
    defineTransfer<Lock, SemaphoreState["queue"]["memory"]>(Lock, {
      module: import.meta.url,
      name: "Lock",
      pack: (lock) => lock.#state.queue.memory,
      unpack: (memory) => new Lock(SemaphoreState.attach(memory)),
      alternatives: alternatives("Lock"),
    });
    showsAsText(Lock);
  }

  override acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return this.#state.tryAcquire() ? acquired : this.#state.acquire(limit);
  }

  override acquireSync(timeout?: number): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.#state.tryAcquire() || this.#state.acquireSync(limit);
  }

  /**
   * Releases the lock, at once.
   *
   * @throws ValueError when nobody holds it.
   */
  override release(): void {
    if (!this.#state.release(1)) {
      throw new ValueError(
        "semaphore or lock released too many times: nobody holds this Lock. Acquire it first.",
      );
    }
  }

  /** Whether anybody holds it. */
  locked(): boolean {
    return this.#state.available === 0;
  }

  /** For `Condition`: whether this thread acquired it last. */
  isMine(): boolean {
    return this.locked() && this.#state.owner === ownThreadId;
  }

  override toString(): string {
    return `<Lock(${this.locked() ? "locked" : "unlocked"})>`;
  }
}
