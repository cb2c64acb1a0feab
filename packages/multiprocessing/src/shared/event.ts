import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { alternatives, defineTransfer, showsAsText } from "../transfer.ts";
import { done, WaitQueue, type WaitQueueMemory } from "./memory/wait-queue.ts";

/**
 * A flag that others wait for (Python: `multiprocessing.Event`).
 *
 * @example
 * ```ts
 * const ready = new Event();
 * // in a worker:
 * ready.set();
 * // anywhere:
 * await ready.wait();
 * ```
 */
export class Event {
  readonly #queue: WaitQueue;
  readonly #flag: number;

  constructor(queue: WaitQueue = WaitQueue.create(1, 1)) {
    this.#queue = queue;
    this.#flag = queue.firstWord;
  }

  static {
    defineTransfer<Event, WaitQueueMemory>(Event, {
      module: import.meta.url,
      name: "Event",
      pack: (event) => event.#queue.memory,
      unpack: (memory) => new Event(WaitQueue.attach(memory)),
      alternatives: alternatives("Event"),
    });
    showsAsText(Event);
  }

  /** Whether the flag is set. */
  isSet(): boolean {
    return Atomics.load(this.#queue.words, this.#flag) === 1;
  }

  /** Sets the flag, and wakes all that wait, at once. */
  set(): void {
    const queue = this.#queue;
    queue.lock();
    Atomics.store(queue.words, this.#flag, 1);
    for (let slot = queue.first(0); slot !== 0; slot = queue.first(0)) queue.complete(slot, 0);
    queue.unlock();
  }

  /** Clears the flag. */
  clear(): void {
    Atomics.store(this.#queue.words, this.#flag, 0);
  }

  /**
   * Waits for the flag. A waiter that `set()` woke gets `true`, even if the flag has been cleared since.
   *
   * @param timeout - milliseconds; 0 or less only looks. `undefined` waits for ever.
   * @returns whether the flag was set in time.
   */
  async wait(timeout?: number): Promise<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const slot = this.#enqueue(deadline);
    if (typeof slot === "boolean") return slot;
    await this.#queue.sleep(slot, deadline, () => {});
    return this.#stop(slot);
  }

  /** As {@link wait}, blocking this thread. */
  waitSync(timeout?: number): boolean {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const slot = this.#enqueue(deadline);
    if (typeof slot === "boolean") return slot;
    this.#queue.sleepSync(slot, deadline, () => {});
    return this.#stop(slot);
  }

  toString(): string {
    return `<Event at ${this.isSet() ? "set" : "unset"}>`;
  }

  #enqueue(deadline: Deadline): number | boolean {
    if (this.isSet()) return true;
    if (deadline.passed) return false;
    return this.#queue.enqueueUnless(0, () => (this.isSet() ? true : undefined));
  }

  #stop(slot: number): boolean {
    this.#queue.lock();
    const wasSet = this.#queue.stateOf(slot) === done;
    this.#queue.releaseSlot(slot);
    this.#queue.unlock();
    return wasSet;
  }
}
