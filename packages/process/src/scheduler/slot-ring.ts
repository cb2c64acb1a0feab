import type { ClaimReader } from "../claim-file.ts";
import { PENDING, REVOKED, RUNNING, type Slots, STOPPING, slotCount, slotMask } from "../slots.ts";

/** Where the calls of a batch have their slots. */
export interface SlotRange {
  readonly base: number;
}

/** The slots of one worker, a ring: how slots are taken, and what the state of one means. */
export class SlotRing {
  readonly #slots: Slots;
  readonly #claims: ClaimReader | undefined;
  #next = 0;
  #used = 0;

  /** @param claims - where the worker claims calls in a file. */
  constructor(slots: Slots, claims: ClaimReader | undefined) {
    this.#slots = slots;
    this.#claims = claims;
  }

  /** Slots that no batch has. */
  get free(): number {
    return slotCount - this.#used;
  }

  /** Where the next batch begins. */
  get next(): number {
    return this.#next;
  }

  /** Marks this many, from the next on, as not begun. They are not taken yet. */
  clear(count: number): void {
    const { states } = this.#slots;
    const after = this.#next + count;
    states.fill(PENDING, this.#next, after);
    if (after > slotCount) states.fill(PENDING, 0, after & slotMask);
    this.#claims?.lend(this.#next, count);
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

  /** Brings the states of these calls up to date. */
  look({ base }: SlotRange, from: number, to: number): void {
    this.#claims?.refresh({ base, from, to }, true);
  }

  /** The same for calls that have ended. */
  lookAtEnded({ base }: SlotRange, from: number, to: number): void {
    this.#claims?.refresh({ base, from, to }, false);
  }

  /** Takes back up to `most` calls that have not begun, from the end of those from `from` up to `to`; gives their indexes. */
  revoke(range: SlotRange, from: number, to: number, most: number): number[] {
    const taken: number[] = [];
    let index = to;
    while (index > from && taken.length < most) {
      const seen =
        this.#claims === undefined ? this.#compareAndRevoke(range, index - 1) : this.state(range, index - 1);
      if (seen === PENDING) taken.unshift(index - 1);
      else if (seen !== REVOKED) break;
      index--;
    }
    if (this.#claims === undefined || taken.length === 0) return taken;
    this.#claims.takeBack({ base: range.base, from: index, to });
    return taken.filter((at) => this.state(range, at) === REVOKED);
  }

  /** Whether the worker may have skipped this call, as it was asked for. */
  maySkip({ base }: SlotRange, index: number): boolean {
    return this.#claims?.wasRefused(base, index) === true;
  }

  #compareAndRevoke({ base }: SlotRange, index: number): number {
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
