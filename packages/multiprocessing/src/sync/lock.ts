import { ValueError } from "@concurrent-futures/core";
import { checkTimeout } from "@concurrent-futures/core/options";
import { elsewhere, showsAsText, travels } from "../travel.ts";
import { Guarded } from "./guarded.ts";
import { thisThread } from "./lifeline.ts";
import { Permits } from "./permits.ts";

const acquired: Promise<boolean> = Promise.resolve(true);

/**
 * A lock for threads (Python: `multiprocessing.Lock`). It is a few words of shared memory: pass it to workers as an
 * argument, and all of them have the same lock. Whoever holds it or not, any thread may release it. It is not
 * recursive: acquiring it twice in one flow waits for ever; see `RLock`.
 *
 * Those who wait get it in the order in which they came; one that comes new may be faster, though not twice.
 * When a worker ends while it holds the lock, those who wait get a `LockAbandonedError`.
 *
 * @example
 * ```ts
 * const lock = new Lock();
 * await lock.run(async () => { await step(); });
 * ```
 */
export class Lock extends Guarded {
  readonly #permits: Permits;

  constructor(permits: Permits = Permits.createLock()) {
    super();
    this.#permits = permits;
  }

  static {
    travels<Lock, Permits["queue"]["memory"]>(Lock, {
      module: import.meta.url,
      name: "Lock",
      pack: (lock) => lock.#permits.queue.memory,
      unpack: (memory) => new Lock(Permits.attach(memory)),
      instead: elsewhere("Lock"),
    });
    showsAsText(Lock);
  }

  override acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return this.#permits.tryAcquire() ? acquired : this.#permits.acquire(limit);
  }

  override acquireSync(timeout?: number): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.#permits.tryAcquire() || this.#permits.acquireSync(limit);
  }

  /**
   * Releases the lock, at once.
   *
   * @throws ValueError when nobody holds it.
   */
  override release(): void {
    if (!this.#permits.release(1)) {
      throw new ValueError(
        "semaphore or lock released too many times: nobody holds this Lock. Acquire it first.",
      );
    }
  }

  /** Whether anybody holds it. */
  locked(): boolean {
    return this.#permits.available === 0;
  }

  /** For `Condition`: whether this thread acquired it last. */
  isMine(): boolean {
    return this.locked() && this.#permits.owner === thisThread;
  }

  override toString(): string {
    return `<Lock(${this.locked() ? "locked" : "unlocked"})>`;
  }
}
