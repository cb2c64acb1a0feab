import type { Deadline } from "@concurrent-futures/core/deadline";
import { sleep, sleepSync, type WaitTarget } from "./sleep.ts";
import { next, ofList, overtaken, previous, result, Slots, sequenceNumber, thread } from "./slots.ts";
import { adoptExitTable, exitTable, hasExited, ownThreadId, pollExits } from "./thread-exits.ts";

/**
 * The one primitive under all locks, conditions, barriers and queues: lists of waiters in shared memory, behind a
 * gate.
 *
 * - **Gate**: a word that contains the id of the thread that holds it, or 0. It is held for a few dozen instructions,
 *   never across a wait, and never while user code runs. Only the thread that holds it may touch what follows.
 * - **Slot**: eight words per waiter, linked into one of the lists in the order of arrival. Its `state` is the word on
 *   which the waiter sleeps: `waiting` until another thread changes it.
 * - **No lost wake-up**: a waiter links itself in and checks its condition without letting go of the gate; the thread
 *   that makes the condition true changes the state with the gate held, too, before it notifies. Either the waiter sees
 *   the condition, or the other thread sees the waiter; and a waiter whose state has changed does not fall asleep.
 * - **Exit**: if a thread exits while it holds the gate, the next contender detects that, takes the gate over and
 *   rebuilds the lists from the slots. Slots of exited threads are released when they come first.
 */
export class WaitQueue {
  /** The words of shared memory; those from {@link firstWord} on are the owner's. */
  readonly words: Int32Array;
  /** Which threads have exited. */
  readonly exits: Int32Array;
  /** The first word that belongs to the object built upon this. */
  readonly firstWord: number;
  readonly #memory: WaitQueueMemory;
  readonly #slots: Slots;

  private constructor(memory: WaitQueueMemory) {
    this.#memory = memory;
    this.words = new Int32Array(memory.words);
    this.exits = adoptExitTable(memory.exits);
    this.firstWord = listsFrom + 2 * memory.lists;
    this.#slots = new Slots(memory.slots);
  }

  /** New lists, and zeroed words for the object built upon them. */
  static create(lists: number, words: number): WaitQueue {
    return new WaitQueue({
      words: new SharedArrayBuffer(4 * (listsFrom + 2 * lists + words)),
      slots: Slots.create(),
      exits: exitTable().buffer as SharedArrayBuffer,
      lists,
    });
  }

  /** The same lists in another thread. */
  static attach(memory: WaitQueueMemory): WaitQueue {
    return new WaitQueue(memory);
  }

  /** What is sent to other threads. */
  get memory(): WaitQueueMemory {
    return this.#memory;
  }

  /** Acquires the gate. */
  lock(): void {
    if (Atomics.compareExchange(this.words, gate, 0, ownThreadId << 1) !== 0) this.#lockContended();
  }

  /** Releases the gate. */
  unlock(): void {
    if ((Atomics.exchange(this.words, gate, 0) & 1) !== 0) Atomics.notify(this.words, gate, 1);
  }

  #lockContended(): void {
    const { words } = this;
    const me = ownThreadId << 1;
    for (let spins = 0; spins < 100; spins++) {
      if (Atomics.load(words, gate) === 0 && Atomics.compareExchange(words, gate, 0, me) === 0) return;
    }
    for (;;) {
      // The lowest bit says that a thread sleeps here; a thread that slept keeps it set, since others may still sleep.
      const holder = Atomics.load(words, gate);
      if (holder === 0) {
        if (Atomics.compareExchange(words, gate, 0, me | 1) === 0) return;
      } else if ((holder & 1) === 0) {
        Atomics.compareExchange(words, gate, holder, holder | 1);
      } else if (Atomics.wait(words, gate, holder, 20) === "timed-out") {
        pollExits();
        if (
          hasExited(this.exits, holder >> 1) &&
          Atomics.compareExchange(words, gate, holder, me | 1) === holder
        ) {
          this.#repair();
          return;
        }
      }
    }
  }

  /**
   * Adds a waiter of this thread at the end of a list, unless there is no need to wait. Holds the gate meanwhile.
   *
   * @param unless - called with the gate held; if it gives something, that is the outcome and no waiter is added.
   * @returns the slot.
   */
  enqueueUnless<R>(list: number, unless: () => R | undefined, added?: () => void): number | R {
    this.lock();
    try {
      const outcome = unless();
      if (outcome !== undefined) return outcome;
      const slot = this.add(list);
      added?.();
      return slot;
    } finally {
      this.unlock();
    }
  }

  /** With the gate held: adds a waiter of this thread at the end of a list. @throws RuntimeError when there are too many */
  add(list: number): number {
    const { words } = this;
    let slot = words[freeList] as number;
    if (slot !== 0) words[freeList] = this.#slots.get(slot, next);
    else {
      slot = (words[used] as number) + 1;
      this.#slots.makeRoom(slot);
      words[used] = slot;
    }
    const slots = this.#slots;
    slots.set(slot, thread, ownThreadId);
    slots.set(slot, overtaken, 0);
    slots.set(slot, result, 0);
    words[sequence] = ((words[sequence] as number) + 1) | 0;
    slots.set(slot, sequenceNumber, words[sequence] as number);
    this.#append(list, slot);
    slots.setState(slot, waiting);
    return slot;
  }

  #append(list: number, slot: number): void {
    const { words } = this;
    const head = listsFrom + 2 * list;
    const last = words[head + 1] as number;
    this.#slots.set(slot, ofList, list);
    this.#slots.set(slot, next, 0);
    this.#slots.set(slot, previous, last);
    if (last === 0) words[head] = slot;
    else this.#slots.set(last, next, slot);
    words[head + 1] = slot;
  }

  /** With the gate held: takes a waiter off its list; its slot is kept until {@link releaseSlot}. */
  unlink(slot: number): void {
    const { words } = this;
    const head = listsFrom + 2 * this.#slots.get(slot, ofList);
    const before = this.#slots.get(slot, previous);
    const after = this.#slots.get(slot, next);
    if (before === 0) {
      if (words[head] !== slot) return;
      words[head] = after;
    } else this.#slots.set(before, next, after);
    if (after === 0) words[head + 1] = before;
    else this.#slots.set(after, previous, before);
    this.#slots.set(slot, previous, 0);
    this.#slots.set(slot, next, 0);
  }

  /** With the gate held: releases a slot, by the waiter that had it. */
  releaseSlot(slot: number): void {
    this.unlink(slot);
    this.#slots.setState(slot, 0);
    this.#slots.set(slot, next, this.words[freeList] as number);
    this.words[freeList] = slot;
  }

  /** With the gate held: the waiter that has waited longest in a list and whose thread lives; 0 if there is none. */
  first(list: number): number {
    for (;;) {
      const slot = this.words[listsFrom + 2 * list] as number;
      if (slot === 0 || !hasExited(this.exits, this.#slots.get(slot, thread))) return slot;
      this.releaseSlot(slot);
    }
  }

  /** With the gate held: visits the waiters in a list. */
  each(list: number, visit: (slot: number) => void): void {
    for (
      let slot = this.words[listsFrom + 2 * list] as number;
      slot !== 0;
      slot = this.#slots.get(slot, next)
    )
      visit(slot);
  }

  /** With the gate held: the number of waiters in a list. */
  count(list: number): number {
    let waiters = 0;
    for (
      let slot = this.words[listsFrom + 2 * list] as number;
      slot !== 0;
      slot = this.#slots.get(slot, next)
    )
      waiters++;
    return waiters;
  }

  /** With the gate held: whether a waiter of an exited thread is in a list. */
  hasExitedWaiter(list: number): boolean {
    for (
      let slot = this.words[listsFrom + 2 * list] as number;
      slot !== 0;
      slot = this.#slots.get(slot, next)
    ) {
      if (hasExited(this.exits, this.#slots.get(slot, thread))) return true;
    }
    return false;
  }

  /** A waiter's state. */
  stateOf(slot: number): number {
    return this.#slots.state(slot);
  }

  /** Changes a waiter's state; anything but `waiting` wakes it. */
  setState(slot: number, value: number): void {
    this.#slots.setState(slot, value);
    if (value !== waiting) this.#slots.notify(slot);
  }

  /** With the gate held: whether a newcomer has gone ahead of a waiter once. */
  isOvertaken(slot: number): boolean {
    return this.#slots.get(slot, overtaken) !== 0;
  }

  /** With the gate held: notes that a newcomer has gone ahead of a waiter. */
  setOvertaken(slot: number): void {
    this.#slots.set(slot, overtaken, 1);
  }

  /** A number left for a waiter by the thread that woke it. */
  resultOf(slot: number): number {
    return this.#slots.get(slot, result);
  }

  /** With the gate held: takes a waiter off its list, leaves it a number and wakes it for good. */
  complete(slot: number, value: number): void {
    this.unlink(slot);
    this.#slots.set(slot, result, value);
    this.setState(slot, done);
  }

  /** Waits until the state of a waiter of this thread has changed or the time is up. The gate must not be held. */
  sleep(slot: number, deadline: Deadline, onExit: () => void): Promise<void> {
    return sleep(this.#waitTarget(slot, onExit), deadline);
  }

  /** As {@link sleep}, blocking the thread. */
  sleepSync(slot: number, deadline: Deadline, onExit: () => void): void {
    sleepSync(this.#waitTarget(slot, onExit), deadline);
  }

  #waitTarget(slot: number, onExit: () => void): WaitTarget {
    return { ...this.#slots.stateWord(slot), value: waiting, exits: this.exits, onExit };
  }

  #repair(): void {
    const { words } = this;
    words.fill(0, listsFrom, this.firstWord);
    words[freeList] = 0;
    const living: number[] = [];
    for (let slot = 1; slot <= (words[used] as number); slot++) {
      const is = this.stateOf(slot);
      if (is === 0 || hasExited(this.exits, this.#slots.get(slot, thread))) {
        this.#slots.setState(slot, 0);
        this.#slots.set(slot, next, words[freeList] as number);
        words[freeList] = slot;
      } else if (is !== done) living.push(slot);
    }
    living.sort((a, b) => (this.#slots.get(a, sequenceNumber) - this.#slots.get(b, sequenceNumber)) | 0);
    for (const slot of living) this.#append(this.#slots.get(slot, ofList), slot);
  }
}

/** The shared memory of a {@link WaitQueue}: what is sent to other threads. */
export interface WaitQueueMemory {
  readonly words: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  readonly exits: SharedArrayBuffer;
  readonly lists: number;
}

/** A waiter sleeps while its state is this. */
export const waiting = 1;
/** Told to look again; it is still on its list. */
export const woken = 2;
/** Off its list, with a result. */
export const done = 3;
/** Told that what it waits for will not come. */
export const abandoned = 4;

// The words before the lists.
const gate = 0;
const sequence = 1;
const freeList = 2;
const used = 3;
const listsFrom = 4;
