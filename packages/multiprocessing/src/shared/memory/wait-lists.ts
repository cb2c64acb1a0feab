import { next, ofList, overtaken, previous, result, type Slots, sequenceNumber, thread } from "./slots.ts";
import type { WaitBackend } from "./wait-backend.ts";

/**
 * The lists of waiters of a `WaitQueue`: what only the thread that holds its gate may touch. `withGate()` gives it, so
 * that the compiler refuses to touch it outside.
 *
 * A slot is eight words per waiter, linked into one of the lists in the order of arrival. Its `state` is the word on
 * which the waiter sleeps: `waiting` until another thread changes it.
 */
export class WaitLists {
  readonly #words: Int32Array;
  readonly #lists: number;
  readonly #slots: Slots;
  readonly #backend: WaitBackend;

  constructor(words: Int32Array, lists: number, slots: Slots, backend: WaitBackend) {
    this.#words = words;
    this.#lists = lists;
    this.#slots = slots;
    this.#backend = backend;
  }

  /** Adds a waiter of this thread at the end of a list. @throws RuntimeError when there are too many */
  add(list: number): number {
    const words = this.#words;
    const slots = this.#slots;
    let slot = words[freeList] as number;
    if (slot !== 0) words[freeList] = slots.get(slot, next);
    else {
      slot = (words[used] as number) + 1;
      slots.makeRoom(slot);
      words[used] = slot;
    }
    slots.set(slot, thread, this.#backend.ownId);
    slots.set(slot, overtaken, 0);
    slots.set(slot, result, 0);
    words[sequence] = ((words[sequence] as number) + 1) | 0;
    slots.set(slot, sequenceNumber, words[sequence] as number);
    this.#append(list, slot);
    slots.setState(slot, waiting);
    return slot;
  }

  /** Takes a waiter off its list; its slot is kept until {@link release}. */
  unlink(slot: number): void {
    const words = this.#words;
    const slots = this.#slots;
    const head = listsFrom + 2 * slots.get(slot, ofList);
    const before = slots.get(slot, previous);
    const after = slots.get(slot, next);
    if (before === 0) {
      if (words[head] !== slot) return;
      words[head] = after;
    } else slots.set(before, next, after);
    if (after === 0) words[head + 1] = before;
    else slots.set(after, previous, before);
    slots.set(slot, previous, 0);
    slots.set(slot, next, 0);
  }

  /** Releases a slot, by the waiter that had it. */
  release(slot: number): void {
    this.unlink(slot);
    this.#free(slot);
  }

  /** The waiter that has waited longest in a list and whose thread lives; 0 if there is none. */
  first(list: number): number {
    for (;;) {
      const slot = this.#words[listsFrom + 2 * list] as number;
      if (slot === 0 || !this.#isLost(slot)) return slot;
      this.release(slot);
    }
  }

  /** The waiters in a list. */
  *each(list: number): IterableIterator<number> {
    let slot = this.#words[listsFrom + 2 * list] as number;
    for (; slot !== 0; slot = this.#slots.get(slot, next)) yield slot;
  }

  /** The number of waiters in a list. */
  count(list: number): number {
    let waiters = 0;
    for (const _ of this.each(list)) waiters++;
    return waiters;
  }

  /** Whether a waiter of an exited thread is in a list. */
  hasExitedWaiter(list: number): boolean {
    for (const slot of this.each(list)) if (this.#isLost(slot)) return true;
    return false;
  }

  /** A waiter's state. */
  state(slot: number): number {
    return this.#slots.state(slot);
  }

  /** Changes a waiter's state; anything but `waiting` wakes it. */
  setState(slot: number, value: number): void {
    this.#slots.setState(slot, value);
    if (value === waiting) return;
    const { words, index } = this.#slots.stateWord(slot);
    this.#backend.notify(words, index, 1);
  }

  /** Whether a newcomer has gone ahead of a waiter once. */
  isOvertaken(slot: number): boolean {
    return this.#slots.get(slot, overtaken) !== 0;
  }

  /** Notes that a newcomer has gone ahead of a waiter. */
  setOvertaken(slot: number): void {
    this.#slots.set(slot, overtaken, 1);
  }

  /** The number left for a waiter by the thread that woke it. */
  result(slot: number): number {
    return this.#slots.get(slot, result);
  }

  /** Takes a waiter off its list, leaves it a number and wakes it for good. */
  complete(slot: number, value: number = 0): void {
    this.unlink(slot);
    this.#slots.set(slot, result, value);
    this.setState(slot, done);
  }

  /** Completes all waiters in a list; each gets the number that `numberOf` gives for its place. */
  completeAll(list: number, numberOf: (place: number) => number = zero): void {
    let place = 0;
    for (let slot = this.first(list); slot !== 0; slot = this.first(list))
      this.complete(slot, numberOf(place++));
  }

  /**
   * Rebuilds the lists from the slots, after a thread has exited in the middle of a change.
   *
   * @returns the lists in which an exited thread has waited: its slot is free now
   */
  rebuild(): ReadonlySet<number> {
    const words = this.#words;
    words.fill(0, listsFrom, listsFrom + 2 * this.#lists);
    words[freeList] = 0;
    const living: number[] = [];
    const lost = new Set<number>();
    for (let slot = 1; slot <= (words[used] as number); slot++) {
      const is = this.state(slot);
      if (is === 0) this.#free(slot);
      else if (this.#isLost(slot)) {
        if (is !== done) lost.add(this.#slots.get(slot, ofList));
        this.#free(slot);
      } else if (is !== done) living.push(slot);
    }
    const slots = this.#slots;
    living.sort((a, b) => (slots.get(a, sequenceNumber) - slots.get(b, sequenceNumber)) | 0);
    for (const slot of living) this.#append(slots.get(slot, ofList), slot);
    return lost;
  }

  #append(list: number, slot: number): void {
    const words = this.#words;
    const head = listsFrom + 2 * list;
    const last = words[head + 1] as number;
    this.#slots.set(slot, ofList, list);
    this.#slots.set(slot, next, 0);
    this.#slots.set(slot, previous, last);
    if (last === 0) words[head] = slot;
    else this.#slots.set(last, next, slot);
    words[head + 1] = slot;
  }

  #free(slot: number): void {
    this.#slots.setState(slot, 0);
    this.#slots.set(slot, next, this.#words[freeList] as number);
    this.#words[freeList] = slot;
  }

  #isLost(slot: number): boolean {
    return this.#backend.hasExited(this.#slots.get(slot, thread));
  }
}

const zero = (): number => 0;

/** A waiter sleeps while its state is this. */
export const waiting = 1;
/** Told to look again; it is still on its list. */
export const woken = 2;
/** Off its list, with a result. */
export const done = 3;
/** What it waits for will not come. */
export const abandoned = 4;

// The words before the lists; the gate is the first.
const sequence = 1;
const freeList = 2;
const used = 3;
/** Where the lists begin: two words each. */
export const listsFrom = 4;
