import { Deadline } from "@concurrent-futures/core/deadline";
import { LockAbandonedError } from "../../errors.ts";
import { PermitCounts, permitCountsWords } from "./permit-counts.ts";
import { hasExited, ownThreadId } from "./thread-exits.ts";
import { abandoned, WaitQueue, type WaitQueueMemory, waiting, woken } from "./wait-queue.ts";

/**
 * The permits of a lock, which has one, or of a semaphore, which has several.
 *
 * Acquiring a free permit is one compare-and-swap. Otherwise the caller queues. A permit that is released wakes the
 * first waiter, but until that one runs any caller may take it: handing it over directly would cost a change of threads
 * each time. A waiter that was woken in vain is marked as overtaken, and then no newcomer takes a permit before it: each
 * waiter is overtaken at most once after having come first, and none starves.
 *
 * The value word: permits in the upper bits, and three flags about the queue: there is a waiter; the first was woken
 * and will look; the first was overtaken.
 */
export class SemaphoreState {
  readonly queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #value: number;
  readonly #owner: number;
  /** Permits at first, of a semaphore; 0 where there is one owner. */
  readonly #initial: number;
  readonly #counts: PermitCounts;

  constructor(queue: WaitQueue) {
    this.queue = queue;
    this.#words = queue.words;
    this.#value = queue.firstWord;
    this.#owner = queue.firstWord + 1;
    this.#initial = queue.words[queue.firstWord + 2] as number;
    this.#counts = new PermitCounts(queue.words, queue.firstWord + ownWords, queue.exits);
  }

  /** The one permit of a lock. @param extra - words for the object built upon this, from {@link firstWord} on */
  static createLock(extra: number = 0): SemaphoreState {
    const queue = WaitQueue.create(1, ownWords + extra);
    queue.words[queue.firstWord] = one;
    return new SemaphoreState(queue);
  }

  /** The permits of a semaphore. */
  static createSemaphore(permits: number): SemaphoreState {
    const queue = WaitQueue.create(1, ownWords + permitCountsWords);
    queue.words[queue.firstWord] = permits * one;
    // One that begins with none is a untracked: its permits do not come back.
    queue.words[queue.firstWord + 2] = permits === 0 ? untracked : permits;
    return new SemaphoreState(queue);
  }

  static attach(memory: WaitQueueMemory): SemaphoreState {
    return new SemaphoreState(WaitQueue.attach(memory));
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
      if (value < one || (value & overtaken) !== 0) return false;
      if (Atomics.compareExchange(this.#words, this.#value, value, value - one) === value) {
        // No call in between: a thread can be terminated where a function begins.
        if (this.#initial === 0) Atomics.store(this.#words, this.#owner, ownThreadId);
        else if (this.#initial > 0) this.#counts.count(1);
        return true;
      }
    }
  }

  /** Takes a permit; `false` when the time is up. */
  async acquire(timeout?: number): Promise<boolean> {
    if (this.tryAcquire()) return true;
    const deadline = new Deadline(timeout);
    const slot = this.#enqueue(deadline);
    if (typeof slot === "boolean") return slot;
    for (;;) {
      await this.queue.sleep(slot, deadline, () => this.#onThreadExit(slot));
      const outcome = this.#recheck(slot, deadline);
      if (outcome !== undefined) return outcome;
    }
  }

  /** As {@link acquire}, blocking the thread. */
  acquireSync(timeout?: number): boolean {
    if (this.tryAcquire()) return true;
    const deadline = new Deadline(timeout);
    const slot = this.#enqueue(deadline);
    if (typeof slot === "boolean") return slot;
    for (;;) {
      this.queue.sleepSync(slot, deadline, () => this.#onThreadExit(slot));
      const outcome = this.#recheck(slot, deadline);
      if (outcome !== undefined) return outcome;
    }
  }

  /** Gives a permit back. `false`: there are `max` of them already. */
  release(max: number): boolean {
    if (this.#initial > 0) this.#counts.count(-1);
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      if (value >> flagBits >= max) {
        if (this.#initial > 0) this.#counts.count(1);
        return false;
      }
      // Only while the permit is out may the word be cleared: the next owner writes it after having taken it.
      if (this.#initial === 0) Atomics.store(this.#words, this.#owner, 0);
      if ((value & (someWait | firstWoken)) === someWait) {
        this.queue.lock();
        this.#wakeFirst(one);
        this.queue.unlock();
        return true;
      }
      if (Atomics.compareExchange(this.#words, this.#value, value, value + one) === value) return true;
    }
  }

  /** A slot to sleep in, or at once the outcome. */
  #enqueue(deadline: Deadline): number | boolean {
    if (this.#isAbandoned()) throw this.#abandonedError();
    if (deadline.passed) return false;
    // If a permit came meanwhile, settling wakes the first in line, which may be this one.
    return this.queue.enqueueUnless<boolean>(0, nothing, () => this.#wakeFirst(0));
  }

  /** What a waiter does after sleeping; `undefined` means that it sleeps again. */
  #recheck(slot: number, deadline: Deadline): boolean | undefined {
    const { queue } = this;
    queue.lock();
    const state = queue.stateOf(slot);
    if (state === woken && this.#take()) {
      queue.releaseSlot(slot);
      this.#wakeFirst(0);
      queue.unlock();
      return true;
    }
    const hopeless = this.#isAbandoned();
    if (hopeless || deadline.passed) {
      queue.releaseSlot(slot);
      this.#wakeFirst(0);
      queue.unlock();
      if (hopeless) throw this.#abandonedError();
      return false;
    }
    queue.setOvertaken(slot);
    queue.setState(slot, waiting);
    this.#wakeFirst(0);
    queue.unlock();
    return undefined;
  }

  /** With the gate held: takes a permit as the first in line. */
  #take(): boolean {
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      if (value < one) return false;
      if (Atomics.compareExchange(this.#words, this.#value, value, value - one) === value) {
        // No call in between: a thread can be terminated where a function begins.
        if (this.#initial === 0) Atomics.store(this.#words, this.#owner, ownThreadId);
        else if (this.#initial > 0) this.#counts.count(1);
        return true;
      }
    }
  }

  /** With the gate held: adds to the value, makes the flags true again, and wakes the first in line if there is a permit for it. */
  #wakeFirst(more: number): void {
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
        flags = someWait | (isWoken || wake ? firstWoken : 0) | (queue.isOvertaken(first) ? overtaken : 0);
      }
      if (Atomics.compareExchange(this.#words, this.#value, value, permits | flags) !== value) continue;
      if (wake) queue.setState(first, woken);
      return;
    }
  }

  #onThreadExit(slot: number): void {
    const { queue } = this;
    queue.lock();
    this.#wakeFirst(0);
    if (this.#isAbandoned() && queue.stateOf(slot) === waiting) queue.setState(slot, abandoned);
    queue.unlock();
  }

  #isAbandoned(): boolean {
    if (this.available > 0 || this.#initial < 0) return false;
    return this.#initial === 0
      ? hasExited(this.queue.exits, this.owner)
      : this.#counts.allHeldByExited(this.#initial);
  }

  #abandonedError(): LockAbandonedError {
    const what =
      this.#initial === 0
        ? `Worker thread ${this.owner - 1} ended while it held this lock.`
        : "The workers that held this semaphore have ended.";
    return new LockAbandonedError(`${what} What it protects may be half done: repair it and use a new one.`);
  }
}

const nothing = (): undefined => undefined;

const someWait = 1;
const firstWoken = 2;
const overtaken = 4;
const allFlags = someWait | firstWoken | overtaken;
const flagBits = 3;
const one = 1 << flagBits;
/** Value, owner, permits at first. */
const ownWords = 3;
const untracked = -1;
