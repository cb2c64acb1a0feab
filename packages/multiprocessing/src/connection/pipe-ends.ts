import { isDead, thisThread } from "../sync/lifeline.ts";
import type { WaitQueue } from "../sync/wait-queue.ts";

/** One of the two ends of a pipe. */
export type End = 0 | 1;

/**
 * Who holds which end of a pipe, so that the other side learns when nobody does any more: by `close()`, or because
 * the threads have ended. Sending an end to a worker hands it over: the sender holds it again only when it uses it.
 *
 * Words of each end: one that says that it is under way, then pairs of a thread and how many objects there hold it.
 */
export class PipeEnds {
  readonly #queue: WaitQueue;
  readonly #at: number;

  constructor(queue: WaitQueue, at: number) {
    this.#queue = queue;
    this.#at = at;
  }

  /** One more object of this thread holds the end. */
  hold(end: End): void {
    const { words, deaths } = this.#queue;
    const from = this.#at + end * wordsPerEnd;
    this.#queue.enter();
    Atomics.store(words, from, 0);
    let free = 0;
    let mine = 0;
    for (let at = from + 1; at < from + wordsPerEnd; at += 2) {
      const thread = words[at] as number;
      if (thread === thisThread) mine = at;
      else if (free === 0 && (words[at + 1] === 0 || isDead(deaths, thread))) free = at;
    }
    // With more threads than entries the rest goes untracked: the end then lives as long as those that are.
    const entry = mine === 0 ? free : mine;
    if (entry !== 0) {
      const count = mine === 0 ? 0 : (words[entry + 1] as number);
      words[entry] = thisThread;
      Atomics.store(words, entry + 1, count + 1);
    }
    this.#queue.leave();
  }

  /** One object of this thread less holds the end. `underWay`: somebody else is about to. */
  drop(end: End, underWay: boolean): void {
    const { words } = this.#queue;
    const from = this.#at + end * wordsPerEnd;
    this.#queue.enter();
    if (underWay) Atomics.store(words, from, 1);
    for (let at = from + 1; at < from + wordsPerEnd; at += 2) {
      if (words[at] === thisThread && (words[at + 1] as number) > 0) Atomics.sub(words, at + 1, 1);
    }
    this.#queue.leave();
  }

  /** Whether anybody alive holds the end, or will. */
  isHeld(end: End): boolean {
    const { words, deaths } = this.#queue;
    const from = this.#at + end * wordsPerEnd;
    if (Atomics.load(words, from) === 1) return true;
    for (let at = from + 1; at < from + wordsPerEnd; at += 2) {
      if (Atomics.load(words, at + 1) > 0 && !isDead(deaths, words[at] as number)) return true;
    }
    return false;
  }
}

const mostThreads = 32;
const wordsPerEnd = 1 + 2 * mostThreads;
/** How many words both ends take. */
export const pipeEndsWords: number = 2 * wordsPerEnd;
