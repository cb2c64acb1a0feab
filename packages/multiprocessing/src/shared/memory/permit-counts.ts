import { hasExited, ownThreadId } from "./thread-exits.ts";

/**
 * How many permits of a semaphore each thread has taken and not given back. Nobody owns a permit: any thread may give
 * it back. So a semaphore counts as abandoned only where nothing else can be meant: all its permits were taken by
 * threads that have ended, and no thread ever gave back more than it took, as one does that signals with it.
 *
 * Words: pairs of a thread and its count.
 */
export class PermitCounts {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #exits: Int32Array;
  #mine = 0;

  constructor(words: Int32Array, at: number, exits: Int32Array) {
    this.#words = words;
    this.#at = at;
    this.#exits = exits;
  }

  /** This thread took (1) or gave back (-1) a permit. */
  count(permits: 1 | -1): void {
    if (this.#mine === 0) this.#mine = this.#find();
    // With more threads than entries the counts are incomplete.
    if (this.#mine !== unknown) Atomics.add(this.#words, this.#mine + 1, permits);
  }

  /** Whether all permits were held by threads that have exited. */
  allHeldByExited(permits: number): boolean {
    let lost = 0;
    for (let at = this.#at; at < this.#at + permitCountsWords; at += 2) {
      const thread = Atomics.load(this.#words, at);
      const count = Atomics.load(this.#words, at + 1);
      if (count < 0) return false;
      if (count > 0 && hasExited(this.#exits, thread)) lost += count;
    }
    return lost >= permits;
  }

  #find(): number {
    const words = this.#words;
    const end = this.#at + permitCountsWords;
    for (let at = this.#at; at < end; at += 2) if (Atomics.load(words, at) === ownThreadId) return at;
    for (let at = this.#at; at < end; at += 2) {
      const thread = Atomics.load(words, at);
      const free = thread === 0 || (hasExited(this.#exits, thread) && Atomics.load(words, at + 1) === 0);
      if (free && Atomics.compareExchange(words, at, thread, ownThreadId) === thread) return at;
    }
    return unknown;
  }
}

const mostThreads = 64;
const unknown = -1;
/** How many words they take. */
export const permitCountsWords: number = 2 * mostThreads;
