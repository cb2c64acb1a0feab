import { PENDING, REVOKED, RUNNING, type Slots, STOPPING, slotCount, slotMask } from "../slots.ts";

/** Where the calls of a batch have their slots. */
export interface SlotRange {
  readonly base: number;
}

/** The slots of one worker, a ring: who takes some, and what the state of one says and allows. */
export class SlotRing {
  readonly #slots: Slots;
  #next = 0;
  #used = 0;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** Slots that no batch has. */
  get free(): number {
    return slotCount - this.#used;
  }

  /** Where the next batch begins. */
  get next(): number {
    return this.#next;
  }

  /** Marks so many, from the next on, as not begun. They are not taken yet. */
  clear(count: number): void {
    const { states } = this.#slots;
    const after = this.#next + count;
    states.fill(PENDING, this.#next, after);
    if (after > slotCount) states.fill(PENDING, 0, after & slotMask);
  }

  /** Takes as many as were cleared. */
  take(count: number): void {
    this.#next = (this.#next + count) & slotMask;
    this.#used += count;
  }

  release(count: number): void {
    this.#used -= count;
  }

  state({ base }: SlotRange, index: number): number {
    return Atomics.load(this.#slots.states, (base + index) & slotMask);
  }

  /** Takes a call back that has not begun; gives the state that it was in. */
  revoke({ base }: SlotRange, index: number): number {
    return Atomics.compareExchange(this.#slots.states, (base + index) & slotMask, PENDING, REVOKED);
  }

  /** The call is no longer its batch's. */
  leaveHole({ base }: SlotRange, index: number): void {
    Atomics.store(this.#slots.states, (base + index) & slotMask, REVOKED);
  }

  /** Marks a running call as one that shall stop. False when it has ended. */
  markStopping({ base }: SlotRange, index: number): boolean {
    const slot = (base + index) & slotMask;
    const seen = Atomics.compareExchange(this.#slots.states, slot, RUNNING, STOPPING);
    return seen === RUNNING || seen === STOPPING;
  }
}
