import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { LockAbandonedError } from "../../errors.ts";
import { acquired } from "./settled.ts";
import { Spin } from "./spin.ts";
import { ThreadCounts } from "./thread-counts.ts";
import { abandoned, type WaitLists, waiting, woken } from "./wait-lists.ts";
import { WaitQueue, type WaitQueueMemory, type WaitSteps } from "./wait-queue.ts";

/**
 * The permits of a lock, which has one, or of a semaphore, which has several.
 *
 * Acquiring a free permit is one compare-and-swap. Otherwise the caller queues. A permit that is released wakes the
 * first waiter, but until that one runs any caller may take it: handing it over directly would cost a change of threads
 * each time. A waiter that was woken in vain is marked as overtaken, and then no newcomer takes a permit before it: each
 * waiter is overtaken at most once after having come first, and none starves.
 *
 * The value word: permits in the upper bits, and three flags about the queue: there is a waiter; the first was woken
 * and will look; the first was overtaken. A lock has one bit for its permit, and above it who has taken it: permit and
 * owner change in one store, since a process can be killed between any two.
 */
export class SemaphoreState {
  readonly queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #value: number;
  readonly #ownId: number;
  /** Permits at first, of a semaphore; 0 where there is one owner. */
  readonly #initial: number;
  /**
   * How many permits of a semaphore each thread has acquired and not released. Nobody owns a permit: any thread may
   * release it. So a semaphore counts as abandoned only where nothing else can be meant.
   */
  readonly #counts: ThreadCounts;
  readonly #spin = new Spin();
  #lookedAt = 0;

  private constructor(queue: WaitQueue) {
    this.queue = queue;
    this.#words = queue.words;
    this.#value = queue.firstWord;
    this.#ownId = queue.backend.ownId;
    this.#initial = queue.words[queue.firstWord + 1] as number;
    this.#counts = new ThreadCounts(
      queue.words,
      queue.firstWord + ownWords,
      mostThreads,
      queue.backend,
      true,
    );
  }

  /** The one permit of a lock. @param extra - words for the object built upon this, from {@link firstWord} on */
  static createLock(extra: number = 0): SemaphoreState {
    const queue = WaitQueue.create(1, ownWords + extra);
    queue.words[queue.firstWord] = one;
    return new SemaphoreState(queue);
  }

  /** The permits of a semaphore. */
  static createSemaphore(permits: number): SemaphoreState {
    const queue = WaitQueue.create(1, ownWords + 2 * mostThreads);
    queue.words[queue.firstWord] = permits * one;
    // One that begins with none is a signal: its permits do not come back.
    queue.words[queue.firstWord + 1] = permits === 0 ? untracked : permits;
    return new SemaphoreState(queue);
  }

  static attach(memory: WaitQueueMemory): SemaphoreState {
    return new SemaphoreState(WaitQueue.attach(memory));
  }

  /** The first word that belongs to the object built upon this. */
  get firstWord(): number {
    return this.#value + ownWords;
  }

  /** The number of permits that can be acquired now. */
  get available(): number {
    const value = Atomics.load(this.#words, this.#value);
    return this.#initial === 0 ? (value & one) >> flagBits : value >> flagBits;
  }

  /** The thread that acquired a permit last and has not released it, or 0. Meaningful where there is one permit. */
  get owner(): number {
    return Atomics.load(this.#words, this.#value) >> ownerBits;
  }

  /**
   * Whether the permits went down with threads that have exited. The count of one that was killed may be one too high, as it
   * is raised before a permit is taken and lowered after it is released; so what counts is that no living thread has any.
   */
  get isAbandoned(): boolean {
    if (this.available > 0 || this.#initial < 0) return false;
    if (this.#initial === 0) return this.queue.backend.hasExited(this.owner);
    let lost = 0;
    for (const { count, exited } of this.#counts) {
      // A thread that released more than it acquired signals with it.
      if (count < 0 || !exited) return false;
      lost += count;
    }
    return lost >= this.#initial;
  }

  /** Acquires a permit if there is one and no waiter has been overtaken. */
  tryAcquire(): boolean {
    return this.#take(overtaken);
  }

  /** Acquires a permit; `false` when the time is up. @throws ArgumentTypeError, ValueError for a wrong timeout */
  acquire(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return this.tryAcquire() ? acquired : this.queue.run(this.#acquire(limit));
  }

  /** As {@link acquire}, blocking the thread. */
  acquireSync(timeout?: number): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.tryAcquire() || this.queue.runSync(this.#acquire(limit));
  }

  /** Releases permits. `false`: there would be more than `max`. */
  release(max: number, n: number = 1): boolean {
    if (!this.#giveBack(max, n)) return false;
    if (this.#initial > 0) this.#counts.add(-n);
    return true;
  }

  #giveBack(max: number, n: number): boolean {
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      const isLock = this.#initial === 0;
      if (isLock ? (value & one) !== 0 : (value >> flagBits) + n > max) return false;
      if ((value & (someWait | firstWoken)) === someWait) {
        this.queue.withGate((lists) => this.#wakeFirst(lists, n * one));
        return true;
      }
      const released = isLock ? (value & allFlags) | one : value + n * one;
      if (Atomics.compareExchange(this.#words, this.#value, value, released) === value) return true;
    }
  }

  *#acquire(timeout: number | undefined): WaitSteps<boolean> {
    const deadline = new Deadline(timeout);
    if (this.isAbandoned) throw this.#abandon();
    if (deadline.passed) return this.#tryPastTheDead();
    // A lock that is held for a moment only is not worth a place in the queue, which costs a change of threads.
    if (this.owner !== this.#ownId && this.#spin.until(() => this.tryAcquire())) return true;
    const slot = this.queue.withGate((lists) => {
      const added = lists.add(0);
      // If a permit came meanwhile, this wakes the first waiter, which may be this one.
      this.#wakeFirst(lists);
      return added;
    });
    for (;;) {
      yield { slot, deadline, onExit: () => this.#onThreadExit(slot) };
      const outcome = this.queue.withGate((lists) => this.#recheck(lists, slot, deadline));
      if (outcome === "abandoned") throw this.#abandonedError();
      if (outcome !== undefined) return outcome;
    }
  }

  /** Nobody may be waiting who would see that a holder, or the waiter that is kept a place, has died: so who only tries must. */
  #tryPastTheDead(): boolean {
    const now = performance.now();
    if (now - this.#lookedAt < lookInterval) return false;
    this.#lookedAt = now;
    this.queue.backend.pollExits();
    if (this.isAbandoned) throw this.#abandon();
    if (this.available === 0) return false;
    this.queue.withGate((lists) => this.#wakeFirst(lists));
    return this.tryAcquire();
  }

  /** After sleeping; `undefined` means to sleep again. */
  #recheck(lists: WaitLists, slot: number, deadline: Deadline): boolean | "abandoned" | undefined {
    const taken = lists.state(slot) === woken && this.#take(0);
    const isLost = !taken && this.isAbandoned;
    const isOver = taken || isLost || deadline.passed;
    if (isOver) lists.release(slot);
    else {
      lists.setOvertaken(slot);
      lists.setState(slot, waiting);
    }
    this.#wakeFirst(lists);
    return isOver ? (isLost ? "abandoned" : taken) : undefined;
  }

  /** Takes a permit, unless the value is another one by now. */
  #takeFrom(value: number): boolean {
    const taken = value - one + (this.#initial === 0 ? this.#ownId << ownerBits : 0);
    // Counted first: a permit that a killed process has taken and not counted would be missed by nobody.
    if (this.#initial > 0) this.#counts.add(1);
    if (Atomics.compareExchange(this.#words, this.#value, value, taken) === value) return true;
    if (this.#initial > 0) this.#counts.add(-1);
    return false;
  }

  #hasPermit(value: number): boolean {
    return this.#initial === 0 ? (value & one) !== 0 : value >= one;
  }

  /** Acquires a permit if there is one and the value has not this flag. */
  #take(barredBy: typeof overtaken | 0): boolean {
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      if (!this.#hasPermit(value) || (value & barredBy) !== 0) return false;
      if (this.#takeFrom(value)) return true;
    }
  }

  /** Adds to the value, makes the flags true again, and wakes the first waiter if there is a permit for it. */
  #wakeFirst(lists: WaitLists, more: number = 0): void {
    for (;;) {
      const value = Atomics.load(this.#words, this.#value);
      // A lock that is released has no owner any more.
      const permits = this.#initial === 0 && more > 0 ? one : (value & ~allFlags) + more;
      const first = lists.first(0);
      let flags = 0;
      let wake = false;
      if (first !== 0) {
        const isWoken = lists.state(first) === woken;
        wake = this.#hasPermit(permits) && !isWoken;
        flags = someWait | (isWoken || wake ? firstWoken : 0) | (lists.isOvertaken(first) ? overtaken : 0);
      }
      if (Atomics.compareExchange(this.#words, this.#value, value, permits | flags) !== value) continue;
      if (wake) lists.setState(first, woken);
      return;
    }
  }

  #onThreadExit(slot: number): void {
    this.queue.withGate((lists) => {
      this.#wakeFirst(lists);
      if (this.isAbandoned && lists.state(slot) === waiting) lists.setState(slot, abandoned);
    });
  }

  /** Tells all others that wait as well: one of them may have looked while a count was about to change. */
  #abandon(): LockAbandonedError {
    this.queue.withGate((lists) => {
      for (const slot of lists.each(0)) if (lists.state(slot) === waiting) lists.setState(slot, abandoned);
    });
    return this.#abandonedError();
  }

  #abandonedError(): LockAbandonedError {
    const what =
      this.#initial === 0
        ? `A worker (${this.queue.backend.nameOf(this.owner)}) ended while it held this lock.`
        : "The workers that held this semaphore have ended.";
    return new LockAbandonedError(
      `${what} The data it protects may be inconsistent. Check it, then call release() to use it again.`,
    );
  }
}

const someWait = 1;
const firstWoken = 2;
const overtaken = 4;
const allFlags = someWait | firstWoken | overtaken;
const flagBits = 3;
const one = 1 << flagBits;
/** How often a try that fails looks who has died, in ms: looking costs some microseconds for each process. */
const lookInterval = 20;
/** With more threads than this the counts are incomplete, and a semaphore is never abandoned. */
const mostThreads = 64;
/** Below the owner of a lock: the flags and its permit. */
const ownerBits = flagBits + 1;
/** Value, permits at first. */
const ownWords = 2;
const untracked = -1;
