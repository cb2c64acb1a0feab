import { Deadline } from "@concurrent-futures/core/deadline";
import { LockAbandonedError } from "../errors.ts";
import { Holders, holdersWords } from "./holders.ts";
import { isDead, thisThread } from "./lifeline.ts";
import { abandoned, WaitQueue, type WaitQueueMemory, waiting, woken } from "./wait-queue.ts";

/**
 * Permits to be taken and given back: a lock has one, a semaphore several.
 *
 * Who finds a permit takes it with one compare-and-swap; nobody else is involved. Who finds none waits in line. A
 * permit that is given back wakes the first in line, but until that one runs it is there for anyone: handing it over
 * directly would cost a change of threads each time. Who was woken in vain marks itself `starved`, and then nobody
 * takes a permit before it: so everyone is passed over at most once after having come first, and no one starves.
 *
 * The value word: permits in the upper bits, and three flags about the line: somebody waits; the first was woken and
 * will look; the first is starved.
 */
export class Permits {
  readonly queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #value: number;
  readonly #owner: number;
  /** Permits at first, of a semaphore; 0 where there is one owner. */
  readonly #shared: number;
  readonly #holders: Holders;

  constructor(queue: WaitQueue) {
    this.queue = queue;
    this.#words = queue.words;
    this.#value = queue.firstWord;
    this.#owner = queue.firstWord + 1;
    this.#shared = queue.words[queue.firstWord + 2] as number;
    this.#holders = new Holders(queue.words, queue.firstWord + ownWords, queue.deaths);
  }

  /** The one permit of a lock. @param extra - words for the object built upon this, from {@link firstWord} on */
  static createLock(extra: number = 0): Permits {
    const queue = WaitQueue.create(1, ownWords + extra);
    queue.words[queue.firstWord] = one;
    return new Permits(queue);
  }

  /** The permits of a semaphore. */
  static createSemaphore(permits: number): Permits {
    const queue = WaitQueue.create(1, ownWords + holdersWords);
    queue.words[queue.firstWord] = permits * one;
    // One that begins with none is a signal: its permits do not come back.
    queue.words[queue.firstWord + 2] = permits === 0 ? signal : permits;
    return new Permits(queue);
  }

  static attach(memory: WaitQueueMemory): Permits {
    return new Permits(WaitQueue.attach(memory));
  }

  /** The first word that belongs to the object built upon this. */
  get firstWord(): number {
    return this.#value + ownWords;
  }

  /** How many permits there are to take. */
  get available(): number {
    return Atomics.load(this.#words, this.#value) >> flagBits;
  }

  /** The thread that took a permit last and has not given it back, or 0. Meaningful where there is one permit. */
  get owner(): number {
    return Atomics.load(this.#words, this.#owner);
  }

  /** Takes a permit if there is one for anybody. */
  tryAcquire(): boolean {
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      if (value < one || (value & starved) !== 0) return false;
      if (Atomics.compareExchange(this.#words, this.#value, value, value - one) === value) {
        // No call in between: a thread can be terminated where a function begins.
        if (this.#shared === 0) Atomics.store(this.#words, this.#owner, thisThread);
        else if (this.#shared > 0) this.#holders.count(1);
        return true;
      }
    }
  }

  /** Takes a permit; `false` when the time is up. */
  async acquire(timeout?: number): Promise<boolean> {
    if (this.tryAcquire()) return true;
    const deadline = new Deadline(timeout);
    const slot = this.#lineUp(deadline);
    if (typeof slot === "boolean") return slot;
    for (;;) {
      await this.queue.sleep(slot, deadline, () => this.#noticeDeath(slot));
      const outcome = this.#look(slot, deadline);
      if (outcome !== undefined) return outcome;
    }
  }

  /** As {@link acquire}, blocking the thread. */
  acquireSync(timeout?: number): boolean {
    if (this.tryAcquire()) return true;
    const deadline = new Deadline(timeout);
    const slot = this.#lineUp(deadline);
    if (typeof slot === "boolean") return slot;
    for (;;) {
      this.queue.sleepSync(slot, deadline, () => this.#noticeDeath(slot));
      const outcome = this.#look(slot, deadline);
      if (outcome !== undefined) return outcome;
    }
  }

  /** Gives a permit back. `false`: there are `max` of them already. */
  release(max: number): boolean {
    if (this.#shared > 0) this.#holders.count(-1);
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      if (value >> flagBits >= max) {
        if (this.#shared > 0) this.#holders.count(1);
        return false;
      }
      // Only while the permit is out may the word be cleared: the next owner writes it after having taken it.
      if (this.#shared === 0) Atomics.store(this.#words, this.#owner, 0);
      if ((value & (someWait | firstWoken)) === someWait) {
        this.queue.enter();
        this.#settle(one);
        this.queue.leave();
        return true;
      }
      if (Atomics.compareExchange(this.#words, this.#value, value, value + one) === value) return true;
    }
  }

  /** A slot to sleep in, or at once the outcome. */
  #lineUp(deadline: Deadline): number | boolean {
    if (this.#isAbandoned()) throw this.#abandonedError();
    if (deadline.passed) return false;
    // If a permit came meanwhile, settling wakes the first in line, which may be this one.
    return this.queue.lineUp<boolean>(0, nothing, () => this.#settle(0));
  }

  /** What a flow does after sleeping; `undefined` means that it sleeps again. */
  #look(slot: number, deadline: Deadline): boolean | undefined {
    const { queue } = this;
    queue.enter();
    const state = queue.stateOf(slot);
    if (state === woken && this.#take()) {
      queue.free(slot);
      this.#settle(0);
      queue.leave();
      return true;
    }
    const hopeless = this.#isAbandoned();
    if (hopeless || deadline.passed) {
      queue.free(slot);
      this.#settle(0);
      queue.leave();
      if (hopeless) throw this.#abandonedError();
      return false;
    }
    queue.setMark(slot);
    queue.setState(slot, waiting);
    this.#settle(0);
    queue.leave();
    return undefined;
  }

  /** Inside: takes a permit as the first in line. */
  #take(): boolean {
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      if (value < one) return false;
      if (Atomics.compareExchange(this.#words, this.#value, value, value - one) === value) {
        // No call in between: a thread can be terminated where a function begins.
        if (this.#shared === 0) Atomics.store(this.#words, this.#owner, thisThread);
        else if (this.#shared > 0) this.#holders.count(1);
        return true;
      }
    }
  }

  /** Inside: adds to the value, makes the flags true again, and wakes the first in line if there is a permit for it. */
  #settle(more: number): void {
    const { queue } = this;
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      const permits = (value & ~allFlags) + more;
      const first = queue.first(0);
      let flags = 0;
      let wake = false;
      if (first !== 0) {
        const isWoken = queue.stateOf(first) === woken;
        wake = permits >= one && !isWoken;
        flags = someWait | (isWoken || wake ? firstWoken : 0) | (queue.isMarked(first) ? starved : 0);
      }
      if (Atomics.compareExchange(this.#words, this.#value, value, permits | flags) !== value) continue;
      if (wake) queue.setState(first, woken);
      return;
    }
  }

  #noticeDeath(slot: number): void {
    const { queue } = this;
    queue.enter();
    this.#settle(0);
    if (this.#isAbandoned() && queue.stateOf(slot) === waiting) queue.setState(slot, abandoned);
    queue.leave();
  }

  #isAbandoned(): boolean {
    if (this.available > 0 || this.#shared < 0) return false;
    return this.#shared === 0 ? isDead(this.queue.deaths, this.owner) : this.#holders.allLost(this.#shared);
  }

  #abandonedError(): LockAbandonedError {
    const what =
      this.#shared === 0
        ? `Worker thread ${this.owner - 1} ended while it held this lock.`
        : "The workers that held this semaphore have ended.";
    return new LockAbandonedError(`${what} What it protects may be half done: repair it and use a new one.`);
  }
}

const nothing = (): undefined => undefined;

const someWait = 1;
const firstWoken = 2;
const starved = 4;
const allFlags = someWait | firstWoken | starved;
const flagBits = 3;
const one = 1 << flagBits;
/** Value, owner, permits at first. */
const ownWords = 3;
const signal = -1;
