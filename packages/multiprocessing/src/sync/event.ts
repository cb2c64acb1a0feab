import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { elsewhere, showsAsText, travels } from "../travel.ts";
import { done, WaitQueue, type WaitQueueMemory } from "./wait-queue.ts";

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
    travels<Event, WaitQueueMemory>(Event, {
      module: import.meta.url,
      name: "Event",
      pack: (event) => event.#queue.memory,
      unpack: (memory) => new Event(WaitQueue.attach(memory)),
      instead: elsewhere("Event"),
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
    queue.enter();
    Atomics.store(queue.words, this.#flag, 1);
    for (let slot = queue.first(0); slot !== 0; slot = queue.first(0)) queue.finish(slot, 0);
    queue.leave();
  }

  /** Takes the flag down, at once. */
  clear(): void {
    Atomics.store(this.#queue.words, this.#flag, 0);
  }

  /**
   * Waits for the flag. Whom `set()` has woken gets `true`, even if the flag was taken down again since.
   *
   * @param timeout - milliseconds; 0 or less only looks. `undefined` waits for ever.
   * @returns whether the flag was set in time.
   */
  async wait(timeout?: number): Promise<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const slot = this.#lineUp(deadline);
    if (typeof slot === "boolean") return slot;
    await this.#queue.sleep(slot, deadline, () => {});
    return this.#stop(slot);
  }

  /** As {@link wait}, blocking this thread. */
  waitSync(timeout?: number): boolean {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const slot = this.#lineUp(deadline);
    if (typeof slot === "boolean") return slot;
    this.#queue.sleepSync(slot, deadline, () => {});
    return this.#stop(slot);
  }

  toString(): string {
    return `<Event at ${this.isSet() ? "set" : "unset"}>`;
  }

  #lineUp(deadline: Deadline): number | boolean {
    if (this.isSet()) return true;
    if (deadline.passed) return false;
    return this.#queue.lineUp(0, () => (this.isSet() ? true : undefined));
  }

  #stop(slot: number): boolean {
    this.#queue.enter();
    const wasSet = this.#queue.stateOf(slot) === done;
    this.#queue.free(slot);
    this.#queue.leave();
    return wasSet;
  }
}
