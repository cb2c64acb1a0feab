import type { Deadline } from "@concurrent-futures/core/deadline";
import { backendOf, newObjectsBackend } from "./backends.ts";
import { sleep, sleepSync } from "./sleep.ts";
import { Slots } from "./slots.ts";
import { Spin } from "./spin.ts";
import type { MemoryHandle, WaitBackend } from "./wait-backend.ts";
import { done, listsFrom, WaitLists, waiting } from "./wait-lists.ts";

/**
 * The one primitive under all locks, conditions, barriers and queues: lists of waiters in shared memory, behind a
 * gate.
 *
 * - **Gate**: a word that contains the id of the thread that holds it, or 0. It is held for a few dozen instructions,
 *   never across a wait, and never while user code runs. Only the thread that holds it may touch the lists.
 * - **No lost wake-up**: a waiter links itself in and checks its condition without letting go of the gate; the thread
 *   that makes the condition true changes the state with the gate held, too, before it notifies. Either the waiter sees
 *   the condition, or the other thread sees the waiter; and a waiter whose state has changed does not fall asleep.
 * - **Exit**: if a thread exits while it holds the gate, the next contender detects that, takes the gate over and
 *   rebuilds the lists from the slots. Slots of exited threads are released when they come first.
 */
export class WaitQueue {
  /** The words of shared memory; those from {@link firstWord} on are the owner's. */
  readonly words: Int32Array;
  readonly backend: WaitBackend;
  /** The first word that belongs to the object built upon this. */
  readonly firstWord: number;
  /** What is sent to other threads. */
  readonly memory: WaitQueueMemory;
  /**
   * Repairs what the owner keeps in its words, when a thread has exited with the gate held. It gets the lists in which
   * an exited thread has waited.
   */
  repair: (lists: WaitLists, lost: ReadonlySet<number>) => void = nothing;
  readonly #slots: Slots;
  readonly #lists: WaitLists;
  readonly #spin = new Spin();

  private constructor(memory: WaitQueueMemory, backend: WaitBackend) {
    this.memory = memory;
    this.backend = backend;
    const { buffer, byteLength } = backend.attach(memory.words);
    this.words = new Int32Array(buffer, 0, byteLength >> 2);
    this.firstWord = listsFrom + 2 * memory.lists;
    this.#slots = new Slots(backend.attach(memory.slots));
    this.#lists = new WaitLists(this.words, memory.lists, this.#slots, backend);
  }

  /** New lists, and zeroed words for the object built upon them. */
  static create(lists: number, words: number, backend: WaitBackend = newObjectsBackend()): WaitQueue {
    const memory: WaitQueueMemory = {
      backend: backend.handle,
      words: backend.allocate(4 * (listsFrom + 2 * lists + words)).handle,
      slots: Slots.allocate(backend).handle,
      lists,
    };
    return new WaitQueue(memory, backend);
  }

  /** The same lists in another thread. */
  static attach(memory: WaitQueueMemory): WaitQueue {
    return new WaitQueue(memory, backendOf(memory.backend));
  }

  /** Calls a function with the gate held. It must neither wait nor call the user's code. */
  withGate<R>(act: (lists: WaitLists) => R): R {
    const { words, backend } = this;
    if (Atomics.compareExchange(words, gate, 0, backend.ownId << 1) !== 0) this.#lockContended();
    try {
      return act(this.#lists);
    } finally {
      if ((Atomics.exchange(words, gate, 0) & 1) !== 0) backend.notify(words, gate, 1);
    }
  }

  /**
   * Adds a waiter of this thread at the end of a list, unless there is no need to wait.
   *
   * @param unless - called with the gate held; if it gives something, that is the outcome and no waiter is added.
   * @returns the slot, or the outcome.
   */
  enqueueUnless<R>(list: number, unless: (lists: WaitLists) => R | undefined): number | R {
    return this.withGate((lists) => unless(lists) ?? lists.add(list));
  }

  /** Ends a wait. @returns whether it was completed */
  leave(slot: number): boolean {
    return this.withGate((lists) => {
      const completed = lists.state(slot) === done;
      lists.release(slot);
      return completed;
    });
  }

  /** Runs the steps of a wait. The first begins at once; the gate must not be held. */
  async run<R>(steps: WaitSteps<R>): Promise<R> {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      await sleep(this.backend, this.#target(step.value), step.value.deadline);
    }
  }

  /** As {@link run}, blocking this thread. */
  runSync<R>(steps: WaitSteps<R>): R {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      sleepSync(this.backend, this.#target(step.value), step.value.deadline);
    }
  }

  #target({ slot, onExit }: Sleep): Parameters<typeof sleep>[1] {
    return { ...this.#slots.stateWord(slot), value: waiting, onExit: onExit ?? nothing, spin: this.#spin };
  }

  #lockContended(): void {
    const { words, backend } = this;
    const me = backend.ownId << 1;
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
      } else if (backend.wait(words, gate, holder, 20) === "timed-out") {
        backend.pollExits();
        const isLost = backend.hasExited(holder >> 1);
        if (isLost && Atomics.compareExchange(words, gate, holder, me | 1) === holder) {
          this.repair(this.#lists, this.#lists.rebuild());
          return;
        }
      }
    }
  }
}

const gate = 0;
const nothing = (): void => {};

/** One sleep of a wait: in a slot, until its state has changed or the time is up. */
export interface Sleep {
  readonly slot: number;
  readonly deadline: Deadline;
  /** Called when a thread has exited: changes the state if there is nothing left to wait for. */
  readonly onExit?: () => void;
}

/** A wait, written once: {@link WaitQueue.run} and {@link WaitQueue.runSync} carry it out. */
export type WaitSteps<R> = Generator<Sleep, R, undefined>;

/** The shared memory of a {@link WaitQueue}: what is sent to other threads. */
export interface WaitQueueMemory {
  readonly backend: MemoryHandle;
  readonly words: MemoryHandle;
  readonly slots: MemoryHandle;
  readonly lists: number;
}
