import { Deadline } from "@concurrent-futures/core/deadline";
import { checkFunction, checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { BrokenBarrierError } from "../errors.ts";
import { alternatives, defineTransfer, showsAsText } from "../transfer.ts";
import { hasExited, ownThreadId } from "./memory/thread-exits.ts";
import { done, WaitQueue, type WaitQueueMemory } from "./memory/wait-queue.ts";

/** Called once per cycle, by the last to arrive, before anyone goes on. */
export type BarrierAction = () => unknown;

interface BarrierState {
  readonly memory: WaitQueueMemory;
  readonly action: BarrierAction | undefined;
  readonly timeout: number | undefined;
}

/**
 * A reusable barrier for a fixed number of callers (Python: `multiprocessing.Barrier`). All waiters learn immediately
 * that it is broken: when one of them times out, the barrier is aborted, or the worker of a waiter ends.
 *
 * @example
 * ```ts
 * const barrier = new Barrier(4);
 * // in each of four workers
 * const index = await barrier.wait();
 * if (index === 0) report();
 * ```
 */
export class Barrier {
  readonly #queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #action: BarrierAction | undefined;
  readonly #timeout: number | undefined;
  // Where the words are: how many take part; open, acting or broken; who runs the action.
  readonly #size: number;
  readonly #state: number;
  readonly #actor: number;

  /**
   * @param parties - the number of callers that wait for each other.
   * @param action - called by the last to arrive. If it throws, the barrier is broken. Other threads get it by value,
   * as any function that is sent.
   * @param timeout - milliseconds for each `wait()` that does not say otherwise.
   */
  constructor(parties: number, action?: BarrierAction, timeout?: number, queue?: WaitQueue) {
    const size = checkInteger("parties", parties);
    if (action !== undefined) checkFunction("action", action);
    this.#action = action;
    this.#timeout = checkTimeout("timeout", timeout);
    this.#queue = queue ?? WaitQueue.create(2, 3);
    this.#words = this.#queue.words;
    this.#size = this.#queue.firstWord;
    this.#state = this.#queue.firstWord + 1;
    this.#actor = this.#queue.firstWord + 2;
    if (queue === undefined) this.#words[this.#size] = size;
  }

  static {
    defineTransfer<Barrier, BarrierState>(Barrier, {
      module: import.meta.url,
      name: "Barrier",
      pack: (barrier) => ({
        memory: barrier.#queue.memory,
        action: barrier.#action,
        timeout: barrier.#timeout,
      }),
      unpack: ({ memory, action, timeout }) => new Barrier(1, action, timeout, WaitQueue.attach(memory)),
      alternatives: alternatives("Barrier"),
    });
    showsAsText(Barrier);
  }

  /** The number of callers that wait for each other. */
  get parties(): number {
    return this.#words[this.#size] as number;
  }

  /** How many wait at this moment (Python: `n_waiting`). */
  get nWaiting(): number {
    const queue = this.#queue;
    queue.lock();
    const count = queue.count(arrived);
    queue.unlock();
    return count;
  }

  /** Whether it is broken, until {@link reset}. */
  get broken(): boolean {
    return Atomics.load(this.#words, this.#state) === broken;
  }

  /**
   * Waits until all have arrived.
   *
   * @param timeout - milliseconds; when they have passed, the barrier is broken for all. @default the barrier's own
   * @returns the number in the order of arrival, from 0 to `parties - 1`.
   * @throws BrokenBarrierError when it is or gets broken, or is reset meanwhile. What the action throws is thrown to
   * the caller that ran it.
   */
  async wait(timeout: number | undefined = this.#timeout): Promise<number> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    for (;;) {
      const slot = this.#arrive();
      if (slot === lastToArrive) {
        try {
          await this.#action?.();
        } catch (error) {
          this.#break(broken);
          throw error;
        }
        return this.#open();
      }
      await this.#queue.sleep(slot, deadline, () => this.#onThreadExit());
      const index = this.#outcome(slot);
      if (index !== again) return index;
    }
  }

  /** As {@link wait}, blocking this thread. An action must not be async here: nobody awaits it. */
  waitSync(timeout: number | undefined = this.#timeout): number {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    for (;;) {
      const slot = this.#arrive();
      if (slot === lastToArrive) {
        try {
          this.#action?.();
        } catch (error) {
          this.#break(broken);
          throw error;
        }
        return this.#open();
      }
      this.#queue.sleepSync(slot, deadline, () => this.#onThreadExit());
      const index = this.#outcome(slot);
      if (index !== again) return index;
    }
  }

  /** Resets the barrier. Callers that are waiting get BrokenBarrierError. */
  reset(): void {
    this.#break(open);
  }

  /** Breaks the barrier: callers that wait now, or come before {@link reset}, get BrokenBarrierError. */
  abort(): void {
    this.#break(broken);
  }

  toString(): string {
    return `<Barrier(parties=${this.parties}, ${this.broken ? "broken" : `waiters=${this.nWaiting}`})>`;
  }

  /** A slot to sleep in, or `lastToArrive`. */
  #arrive(): number {
    const queue = this.#queue;
    queue.lock();
    try {
      const state = this.#words[this.#state];
      if (state === broken)
        throw new BrokenBarrierError("The barrier is broken. Call reset() to use it again.");
      if (state === open && queue.count(arrived) === this.parties - 1) {
        this.#words[this.#actor] = ownThreadId;
        this.#words[this.#state] = acting;
        return lastToArrive;
      }
      // A caller that comes while the action runs waits for the next cycle to begin.
      return queue.add(state === acting ? early : arrived);
    } finally {
      queue.unlock();
    }
  }

  /** The action is done: lets everyone of this cycle go. */
  #open(): number {
    const queue = this.#queue;
    queue.lock();
    const wasBroken = this.#words[this.#state] !== acting || this.#words[this.#actor] !== ownThreadId;
    if (!wasBroken) {
      this.#words[this.#state] = open;
      let index = 0;
      for (let slot = queue.first(arrived); slot !== 0; slot = queue.first(arrived))
        queue.complete(slot, index++);
      this.#wakeEarly();
    }
    queue.unlock();
    if (wasBroken) throw new BrokenBarrierError("The barrier was broken or reset while its action ran.");
    return this.parties - 1;
  }

  #break(next: number): void {
    this.#queue.lock();
    this.#breakInside(next);
    this.#queue.unlock();
  }

  #breakInside(next: number): void {
    const queue = this.#queue;
    Atomics.store(this.#words, this.#state, next);
    for (let slot = queue.first(arrived); slot !== 0; slot = queue.first(arrived))
      queue.complete(slot, failed);
    this.#wakeEarly();
  }

  #wakeEarly(): void {
    const queue = this.#queue;
    for (let slot = queue.first(early); slot !== 0; slot = queue.first(early)) queue.complete(slot, again);
  }

  /** After sleeping: the index, or `again` when the caller has to arrive once more. */
  #outcome(slot: number): number {
    const queue = this.#queue;
    queue.lock();
    const inTime = queue.stateOf(slot) === done;
    const result = queue.resultOf(slot);
    queue.releaseSlot(slot);
    if (!inTime) this.#breakInside(broken);
    queue.unlock();
    if (!inTime) throw new BrokenBarrierError("The barrier is broken: not all arrived in time.");
    if (result === failed) {
      throw new BrokenBarrierError("The barrier was broken or reset while this caller waited.");
    }
    return result;
  }

  #onThreadExit(): void {
    const queue = this.#queue;
    queue.lock();
    const actorDied =
      this.#words[this.#state] === acting && hasExited(queue.exits, this.#words[this.#actor] as number);
    if (actorDied || queue.hasExitedWaiter(arrived)) this.#breakInside(broken);
    queue.unlock();
  }
}

// The two lists.
const arrived = 0;
const early = 1;

const open = 0;
const acting = 1;
const broken = 2;

/** Instead of a slot; 0 is none. */
const lastToArrive = 0;

// Instead of an index.
const failed = -1;
const again = -2;
