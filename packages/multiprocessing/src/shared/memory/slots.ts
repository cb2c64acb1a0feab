import { RuntimeError } from "@concurrent-futures/core";
import { grow, growableMemory, maxBytesOf } from "./growable.ts";

/** The slots of a `WaitQueue` in growable shared memory: eight words for each waiter. Slot 0 is none. */
export class Slots {
  readonly memory: SharedArrayBuffer;
  #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = viewOf(memory);
  }

  static create(): SharedArrayBuffer {
    return growableMemory(slotBytes * slotsAtFirst, slotBytes * maxSlots);
  }

  /** A word of a slot; only with the gate held. */
  get(slot: number, field: number): number {
    return this.#view(slot)[slot * slotWords + field] as number;
  }

  /** Writes a word of a slot; only with the gate held. */
  set(slot: number, field: number, value: number): void {
    this.#view(slot)[slot * slotWords + field] = value;
  }

  /** The word on which the waiter sleeps. */
  state(slot: number): number {
    return Atomics.load(this.#view(slot), slot * slotWords);
  }

  setState(slot: number, value: number): void {
    Atomics.store(this.#view(slot), slot * slotWords, value);
  }

  /** Wakes the waiter that sleeps on the slot's state. */
  notify(slot: number): void {
    Atomics.notify(this.#view(slot), slot * slotWords, 1);
  }

  /** The view that has the slot, and where in it the slot's state is. */
  stateWord(slot: number): { readonly view: Int32Array; readonly index: number } {
    return { view: this.#view(slot), index: slot * slotWords };
  }

  /** Makes room for a slot; only with the gate held. @throws RuntimeError when there are too many */
  makeRoom(slot: number): void {
    const bytes = (slot + 1) * slotBytes;
    if (bytes <= this.memory.byteLength) return;
    if (bytes > maxBytesOf(this.memory)) {
      throw new RuntimeError(
        `No more than ${maxSlots - 1} callers can wait for one lock or queue at a time.`,
      );
    }
    grow(this.memory, Math.min(maxBytesOf(this.memory), 2 * this.memory.byteLength));
  }

  /** Another thread may have grown the memory. */
  #view(slot: number): Int32Array {
    if ((slot + 1) * slotWords > this.#words.length) this.#words = viewOf(this.memory);
    return this.#words;
  }
}

// The words of a slot; the first is the state.
export const next = 1;
export const previous = 2;
export const thread = 3;
export const sequenceNumber = 4;
export const ofList = 5;
export const overtaken = 6;
export const result = 7;

const slotWords = 8;
const slotBytes = 4 * slotWords;
const slotsAtFirst = 32;
const maxSlots = 2 ** 16;

/** A view of fixed length: engines are slower on views that follow the growth. */
function viewOf(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, memory.byteLength >> 2);
}
