import type { Deadline } from "@concurrent-futures/core/deadline";
import { adoptDeathTable, deathTable, isDead, noticeDeaths, thisThread } from "./lifeline.ts";
import { type Bed, sleep, sleepSync } from "./sleep.ts";
import { mark, next, number, ofList, previous, result, Slots, thread } from "./slots.ts";

/**
 * The one primitive under all locks, conditions, barriers and queues: lists of waiting flows in shared memory, behind
 * a gate.
 *
 * - **Gate**: a word that holds the thread inside, or 0. It is held for a few dozen instructions, never across a
 *   wait, and nothing inside it allocates or calls user code. Everything below is touched only by who is inside.
 * - **Slot**: eight words per waiting flow, linked into one of the lists in the order of arrival. Its `state` is the
 *   word on which the flow sleeps: `waiting` until somebody else changes it.
 * - **No lost wake-up**: a flow links itself in and checks its condition in one stay inside the gate; whoever makes
 *   the condition true changes the state inside the gate, too, before it notifies. Either the flow sees the
 *   condition, or the other sees the flow; and a flow whose state has changed does not fall asleep.
 * - **Death**: a thread that died inside the gate is found out by the next that wants in, who takes the gate over and
 *   links the lists anew from the slots. Slots of dead threads are dropped when they come first.
 */
export class WaitQueue {
  /** The words of shared memory; those from {@link firstWord} on are the owner's. */
  readonly words: Int32Array;
  /** Who is dead. */
  readonly deaths: Int32Array;
  /** The first word that belongs to the object built upon this. */
  readonly firstWord: number;
  readonly #memory: WaitQueueMemory;
  readonly #slots: Slots;

  private constructor(memory: WaitQueueMemory) {
    this.#memory = memory;
    this.words = new Int32Array(memory.words);
    this.deaths = adoptDeathTable(memory.deaths);
    this.firstWord = listsFrom + 2 * memory.lists;
    this.#slots = new Slots(memory.slots);
  }

  /** New lists, and zeroed words for the object built upon them. */
  static create(lists: number, words: number): WaitQueue {
    return new WaitQueue({
      words: new SharedArrayBuffer(4 * (listsFrom + 2 * lists + words)),
      slots: Slots.create(),
      deaths: deathTable().buffer as SharedArrayBuffer,
      lists,
    });
  }

  /** The same lists in another thread. */
  static attach(memory: WaitQueueMemory): WaitQueue {
    return new WaitQueue(memory);
  }

  /** What travels. */
  get memory(): WaitQueueMemory {
    return this.#memory;
  }

  /** Goes inside. */
  enter(): void {
    if (Atomics.compareExchange(this.words, gate, 0, thisThread << 1) !== 0) this.#enterContended();
  }

  /** Goes outside. */
  leave(): void {
    if ((Atomics.exchange(this.words, gate, 0) & 1) !== 0) Atomics.notify(this.words, gate, 1);
  }

  #enterContended(): void {
    const { words } = this;
    const me = thisThread << 1;
    for (let spins = 0; spins < 100; spins++) {
      if (Atomics.load(words, gate) === 0 && Atomics.compareExchange(words, gate, 0, me) === 0) return;
    }
    for (;;) {
      // The lowest bit says that somebody sleeps here; who comes in after sleeping assumes that others still do.
      const inside = Atomics.load(words, gate);
      if (inside === 0) {
        if (Atomics.compareExchange(words, gate, 0, me | 1) === 0) return;
      } else if ((inside & 1) === 0) {
        Atomics.compareExchange(words, gate, inside, inside | 1);
      } else if (Atomics.wait(words, gate, inside, 20) === "timed-out") {
        noticeDeaths();
        if (
          isDead(this.deaths, inside >> 1) &&
          Atomics.compareExchange(words, gate, inside, me | 1) === inside
        ) {
          this.#repair();
          return;
        }
      }
    }
  }

  /**
   * Goes inside, adds a waiting flow of this thread at the end of a list, and goes outside.
   *
   * @param unless - asked inside; if it gives something, that is the outcome and nobody is added.
   * @returns the slot.
   */
  lineUp<R>(list: number, unless: () => R | undefined, added?: () => void): number | R {
    this.enter();
    try {
      const outcome = unless();
      if (outcome !== undefined) return outcome;
      const slot = this.add(list);
      added?.();
      return slot;
    } finally {
      this.leave();
    }
  }

  /** Inside: adds a waiting flow of this thread at the end of a list. @throws RuntimeError when there are too many */
  add(list: number): number {
    const { words } = this;
    let slot = words[free] as number;
    if (slot !== 0) words[free] = this.#slots.get(slot, next);
    else {
      slot = (words[used] as number) + 1;
      this.#slots.makeRoom(slot);
      words[used] = slot;
    }
    const slots = this.#slots;
    slots.set(slot, thread, thisThread);
    slots.set(slot, mark, 0);
    slots.set(slot, result, 0);
    words[ticket] = ((words[ticket] as number) + 1) | 0;
    slots.set(slot, number, words[ticket] as number);
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

  /** Inside: takes a flow off its list; its slot stays its own until {@link free}. */
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

  /** Inside: gives a slot back, by the flow that waited in it. */
  free(slot: number): void {
    this.unlink(slot);
    this.#slots.setState(slot, 0);
    this.#slots.set(slot, next, this.words[free] as number);
    this.words[free] = slot;
  }

  /** Inside: the flow that has waited longest in a list and whose thread lives; 0 if there is none. */
  first(list: number): number {
    for (;;) {
      const slot = this.words[listsFrom + 2 * list] as number;
      if (slot === 0 || !isDead(this.deaths, this.#slots.get(slot, thread))) return slot;
      this.free(slot);
    }
  }

  /** Inside: visits the flows in a list. */
  each(list: number, visit: (slot: number) => void): void {
    for (
      let slot = this.words[listsFrom + 2 * list] as number;
      slot !== 0;
      slot = this.#slots.get(slot, next)
    )
      visit(slot);
  }

  /** Inside: how many flows are in a list. */
  count(list: number): number {
    let flows = 0;
    for (
      let slot = this.words[listsFrom + 2 * list] as number;
      slot !== 0;
      slot = this.#slots.get(slot, next)
    )
      flows++;
    return flows;
  }

  /** Inside: whether a flow of a dead thread is in a list. */
  hasDead(list: number): boolean {
    for (
      let slot = this.words[listsFrom + 2 * list] as number;
      slot !== 0;
      slot = this.#slots.get(slot, next)
    ) {
      if (isDead(this.deaths, this.#slots.get(slot, thread))) return true;
    }
    return false;
  }

  /** A flow's state. */
  stateOf(slot: number): number {
    return this.#slots.state(slot);
  }

  /** Changes a flow's state; anything but `waiting` wakes it. */
  setState(slot: number, value: number): void {
    this.#slots.setState(slot, value);
    if (value !== waiting) this.#slots.notify(slot);
  }

  /** Inside: whether a flow was marked, for whatever the object built upon this means by it. */
  isMarked(slot: number): boolean {
    return this.#slots.get(slot, mark) !== 0;
  }

  /** Inside: marks a flow. */
  setMark(slot: number): void {
    this.#slots.set(slot, mark, 1);
  }

  /** A number left for a flow by who woke it. */
  resultOf(slot: number): number {
    return this.#slots.get(slot, result);
  }

  /** Inside: takes a flow off its list, leaves it a number and wakes it for good. */
  finish(slot: number, value: number): void {
    this.unlink(slot);
    this.#slots.set(slot, result, value);
    this.setState(slot, done);
  }

  /** Outside: waits until the state of a flow of this thread has changed or the time is up. */
  sleep(slot: number, deadline: Deadline, onDeath: () => void): Promise<void> {
    return sleep(this.#bed(slot, onDeath), deadline);
  }

  /** As {@link sleep}, blocking the thread. */
  sleepSync(slot: number, deadline: Deadline, onDeath: () => void): void {
    sleepSync(this.#bed(slot, onDeath), deadline);
  }

  #bed(slot: number, onDeath: () => void): Bed {
    return { ...this.#slots.stateWord(slot), value: waiting, deaths: this.deaths, onDeath };
  }

  #repair(): void {
    const { words } = this;
    words.fill(0, listsFrom, this.firstWord);
    words[free] = 0;
    const living: number[] = [];
    for (let slot = 1; slot <= (words[used] as number); slot++) {
      const is = this.stateOf(slot);
      if (is === 0 || isDead(this.deaths, this.#slots.get(slot, thread))) {
        this.#slots.setState(slot, 0);
        this.#slots.set(slot, next, words[free] as number);
        words[free] = slot;
      } else if (is !== done) living.push(slot);
    }
    living.sort((a, b) => (this.#slots.get(a, number) - this.#slots.get(b, number)) | 0);
    for (const slot of living) this.#append(this.#slots.get(slot, ofList), slot);
  }
}

/** The shared memory of a {@link WaitQueue}: what travels to other threads. */
export interface WaitQueueMemory {
  readonly words: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  readonly deaths: SharedArrayBuffer;
  readonly lists: number;
}

/** A flow sleeps while its state is this. */
export const waiting = 1;
/** Told to look again; it is still on its list. */
export const woken = 2;
/** Off its list, with a result. */
export const done = 3;
/** Told that what it waits for will not come. */
export const abandoned = 4;

// The words before the lists.
const gate = 0;
const ticket = 1;
const free = 2;
const used = 3;
const listsFrom = 4;
