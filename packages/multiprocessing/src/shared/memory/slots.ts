import { RuntimeError } from "@concurrent-futures/core";
import type { Region, WaitBackend } from "./wait-backend.ts";

/** The slots of a `WaitQueue` in growable memory: eight words for each waiter. Slot 0 is none. */
export class Slots {
  readonly #region: Region;
  #words: Int32Array;

  constructor(region: Region) {
    this.#region = region;
    this.#words = viewOf(region);
  }

  static allocate(backend: WaitBackend): Region {
    return backend.allocate(slotBytes * slotsAtFirst, slotBytes * maxSlots);
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

  /** The view that has the slot, and where in it the slot's state is. */
  stateWord(slot: number): { readonly words: Int32Array; readonly index: number } {
    return { words: this.#view(slot), index: slot * slotWords };
  }

  /** Makes room for a slot; only with the gate held. @throws RuntimeError when there are too many */
  makeRoom(slot: number): void {
    const region = this.#region;
    const bytes = (slot + 1) * slotBytes;
    if (bytes <= region.byteLength) return;
    if (bytes > region.maxByteLength) {
      throw new RuntimeError(
        `No more than ${maxSlots - 1} callers can wait for one lock or queue at a time.`,
      );
    }
    region.grow(Math.min(region.maxByteLength, 2 * region.byteLength));
  }

  /** Another thread may have grown the memory. */
  #view(slot: number): Int32Array {
    if ((slot + 1) * slotWords > this.#words.length) this.#words = viewOf(this.#region);
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
function viewOf({ buffer, byteLength }: Region): Int32Array {
  return new Int32Array(buffer, 0, byteLength >> 2);
}
