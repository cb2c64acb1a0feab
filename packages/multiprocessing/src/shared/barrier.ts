import { Deadline } from "@concurrent-futures/core/deadline";
import { checkFunction, checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { Barrier, type BarrierAction, refusePromise } from "../contract/barrier.ts";
import { BrokenBarrierError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import { done } from "./memory/settled.ts";
import { done as completed, type WaitLists } from "./memory/wait-lists.ts";
import { WaitQueue, type WaitQueueMemory, type WaitSteps } from "./memory/wait-queue.ts";

interface BarrierState {
  readonly memory: WaitQueueMemory;
  readonly action: BarrierAction | undefined;
  readonly timeout: number | undefined;
}

/** A `Barrier` in memory that threads share. */
export class SharedBarrier extends Barrier {
  readonly #queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #action: BarrierAction | undefined;
  readonly #timeout: number | undefined;
  // Where the words are: how many take part; open, acting or broken; which party runs the action.
  readonly #size: number;
  readonly #state: number;
  readonly #actor: number;

  private constructor({ memory, action, timeout }: BarrierState) {
    super();
    this.#action = action;
    this.#timeout = timeout;
    this.#queue = WaitQueue.attach(memory);
    this.#words = this.#queue.words;
    this.#size = this.#queue.firstWord;
    this.#state = this.#queue.firstWord + 1;
    this.#actor = this.#queue.firstWord + 2;
    // A party that exits with the gate held leaves no slot that #breakIfLost could find.
    this.#queue.repair = (lists, lost) => {
      if (lost.has(arrived)) this.#end(lists, broken);
    };
  }

  /**
   * @param parties - the number of callers that wait for each other.
   * @param action - called by the last to arrive. If it throws, the barrier is broken. Other threads get it by value, as
   * any function that is sent.
   * @param timeout - milliseconds for each `wait()` that does not say otherwise.
   */
  static create(parties: number, action?: BarrierAction, timeout?: number): SharedBarrier {
    const size = checkInteger("parties", parties);
    if (action !== undefined) checkFunction("action", action);
    const limit = checkTimeout("timeout", timeout);
    const queue = WaitQueue.create(2, 3);
    queue.words[queue.firstWord] = size;
    return new SharedBarrier({ memory: queue.memory, action, timeout: limit });
  }

  static {
    defineTransfer<SharedBarrier, BarrierState>(SharedBarrier, {
      module: import.meta.url,
      name: "SharedBarrier",
      pack: (barrier) => ({
        memory: barrier.#queue.memory,
        action: barrier.#action,
        timeout: barrier.#timeout,
      }),
      unpack: (state) => new SharedBarrier(state),
    });
  }

  override get parties(): number {
    return this.#words[this.#size] as number;
  }

  override get nWaiting(): number {
    return this.#queue.withGate((lists) => lists.count(arrived));
  }

  override get broken(): boolean {
    return Atomics.load(this.#words, this.#state) === broken;
  }

  override async wait(timeout?: number): Promise<number> {
    const index = await this.#queue.run(this.#wait(timeout));
    if (index !== lastToArrive) return index;
    try {
      await this.#action?.();
    } catch (error) {
      this.abortSync();
      throw error;
    }
    return this.#open();
  }

  override waitSync(timeout?: number): number {
    const index = this.#queue.runSync(this.#wait(timeout));
    if (index !== lastToArrive) return index;
    try {
      refusePromise(this.#action?.());
    } catch (error) {
      this.abortSync();
      throw error;
    }
    return this.#open();
  }

  override reset(): Promise<void> {
    this.resetSync();
    return done;
  }

  override resetSync(): void {
    this.#queue.withGate((lists) => this.#end(lists, open));
  }

  override abort(): Promise<void> {
    this.abortSync();
    return done;
  }

  override abortSync(): void {
    this.#queue.withGate((lists) => this.#end(lists, broken));
  }

  override toString(): string {
    return `<Barrier(parties=${this.parties}, ${this.broken ? "broken" : `waiters=${this.nWaiting}`})>`;
  }

  /** The index, or `lastToArrive`. */
  *#wait(timeout: number | undefined): WaitSteps<number> {
    const limit = checkTimeout("timeout", timeout);
    const deadline = new Deadline(timeout === undefined ? this.#timeout : limit);
    for (;;) {
      const slot = this.#queue.withGate((lists) => this.#arrive(lists));
      if (slot === lastToArrive) return slot;
      if (slot === failed)
        throw new BrokenBarrierError("The barrier is broken. Call reset() to use it again.");
      yield { slot, deadline, onExit: () => this.#queue.withGate((lists) => this.#breakIfLost(lists)) };
      const index = this.#outcome(slot);
      if (index !== again) return index;
    }
  }

  /** A slot to sleep in, `lastToArrive`, or `failed`. */
  #arrive(lists: WaitLists): number {
    this.#breakIfLost(lists);
    const state = this.#words[this.#state];
    if (state === broken) return failed;
    if (state === open && lists.count(arrived) === this.parties - 1) {
      this.#words[this.#actor] = this.#queue.backend.ownId;
      this.#words[this.#state] = acting;
      return lastToArrive;
    }
    // A caller that comes while the action runs waits for the next cycle to begin.
    return lists.add(state === acting ? early : arrived);
  }

  /** The action is done: lets everyone of this cycle go. */
  #open(): number {
    const opened = this.#queue.withGate((lists) => {
      const isMine = this.#words[this.#actor] === this.#queue.backend.ownId;
      if (!isMine || this.#words[this.#state] !== acting) return false;
      lists.completeAll(arrived, (index) => index);
      lists.completeAll(early, () => again);
      // Last: while it says `acting`, the death of this party is seen by those that are not let go yet.
      this.#words[this.#state] = open;
      return true;
    });
    if (!opened) throw new BrokenBarrierError("The barrier was broken or reset while its action ran.");
    return this.parties - 1;
  }

  #end(lists: WaitLists, state: typeof open | typeof broken): void {
    Atomics.store(this.#words, this.#state, state);
    lists.completeAll(arrived, () => failed);
    lists.completeAll(early, () => again);
  }

  /** After sleeping: the index, or `again` when the caller has to arrive once more. */
  #outcome(slot: number): number {
    const index = this.#queue.withGate((lists) => {
      const inTime = lists.state(slot) === completed;
      const result = lists.result(slot);
      lists.release(slot);
      if (!inTime) this.#end(lists, broken);
      return inTime ? result : late;
    });
    if (index === late) throw new BrokenBarrierError("The barrier is broken: not all arrived in time.");
    if (index === failed)
      throw new BrokenBarrierError("The barrier was broken or reset while this caller waited.");
    return index;
  }

  /** What waits in a thread that has exited will not go on, and nobody else runs its action. */
  #breakIfLost(lists: WaitLists): void {
    const actor = this.#words[this.#actor] as number;
    const state = this.#words[this.#state];
    const actorLost = state === acting && this.#queue.backend.hasExited(actor);
    // Who has broken it may have been killed before it told all.
    const isHalfBroken = state === broken && lists.first(arrived) !== 0;
    if (actorLost || isHalfBroken || lists.hasExitedWaiter(arrived)) this.#end(lists, broken);
  }
}

// The two lists.
const arrived = 0;
const early = 1;

const open = 0;
const acting = 1;
const broken = 2;

/** Instead of a slot or an index. */
const lastToArrive = -1;
const failed = -2;
const again = -3;
const late = -4;
