import { isDead, thisThread } from "./lifeline.ts";

/**
 * How many permits of a semaphore each thread has taken and not given back. Nobody owns a permit: any thread may give
 * it back. So a semaphore counts as abandoned only where nothing else can be meant: all its permits were taken by
 * threads that have ended, and no thread ever gave back more than it took, as one does that signals with it.
 *
 * Words: pairs of a thread and its count.
 */
export class Holders {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #deaths: Int32Array;
  #mine = 0;

  constructor(words: Int32Array, at: number, deaths: Int32Array) {
    this.#words = words;
    this.#at = at;
    this.#deaths = deaths;
  }

  /** This thread took (1) or gave back (-1) a permit. */
  count(permits: 1 | -1): void {
    if (this.#mine === 0) this.#mine = this.#find();
    // With more threads than entries nobody can tell any more.
    if (this.#mine !== unknown) Atomics.add(this.#words, this.#mine + 1, permits);
  }

  /** Whether so many permits, all that there are, went down with threads that have ended. */
  allLost(permits: number): boolean {
    let lost = 0;
    for (let at = this.#at; at < this.#at + holdersWords; at += 2) {
      const thread = Atomics.load(this.#words, at);
      const count = Atomics.load(this.#words, at + 1);
      if (count < 0) return false;
      if (count > 0 && isDead(this.#deaths, thread)) lost += count;
    }
    return lost >= permits;
  }

  #find(): number {
    const words = this.#words;
    const end = this.#at + holdersWords;
    for (let at = this.#at; at < end; at += 2) if (Atomics.load(words, at) === thisThread) return at;
    for (let at = this.#at; at < end; at += 2) {
      const thread = Atomics.load(words, at);
      const free = thread === 0 || (isDead(this.#deaths, thread) && Atomics.load(words, at + 1) === 0);
      if (free && Atomics.compareExchange(words, at, thread, thisThread) === thread) return at;
    }
    return unknown;
  }
}

const mostThreads = 64;
const unknown = -1;
/** How many words they take. */
export const holdersWords: number = 2 * mostThreads;
