import { hasExited, ownThreadId } from "./thread-exits.ts";
import type { WaitQueue } from "./wait-queue.ts";

/** One of the two ends of a pipe. */
export type End = 0 | 1;

/**
 * The holders of each end of a pipe, so that the other side learns when there are none any more: by `close()`, or because
 * the threads have exited. Sending an end to a worker detaches it: the sender holds it again only when it uses it.
 *
 * Words of each end: one that says that it is in transit, then pairs of a thread and how many objects there hold it.
 */
export class PipeEnds {
  readonly #queue: WaitQueue;
  readonly #at: number;

  constructor(queue: WaitQueue, at: number) {
    this.#queue = queue;
    this.#at = at;
  }

  /** One more object of this thread holds the end. */
  retain(end: End): void {
    const { words, exits } = this.#queue;
    const from = this.#at + end * wordsPerEnd;
    this.#queue.lock();
    Atomics.store(words, from, 0);
    let free = 0;
    let mine = 0;
    for (let at = from + 1; at < from + wordsPerEnd; at += 2) {
      const thread = words[at] as number;
      if (thread === ownThreadId) mine = at;
      else if (free === 0 && (words[at + 1] === 0 || hasExited(exits, thread))) free = at;
    }
    // With more threads than entries the rest goes untracked: the end then lives as long as those that are.
    const entry = mine === 0 ? free : mine;
    if (entry !== 0) {
      const count = mine === 0 ? 0 : (words[entry + 1] as number);
      words[entry] = ownThreadId;
      Atomics.store(words, entry + 1, count + 1);
    }
    this.#queue.unlock();
  }

  /** One object of this thread less holds the end. `inTransit`: another holder is about to follow. */
  release(end: End, inTransit: boolean): void {
    const { words } = this.#queue;
    const from = this.#at + end * wordsPerEnd;
    this.#queue.lock();
    if (inTransit) Atomics.store(words, from, 1);
    for (let at = from + 1; at < from + wordsPerEnd; at += 2) {
      if (words[at] === ownThreadId && (words[at + 1] as number) > 0) Atomics.sub(words, at + 1, 1);
    }
    this.#queue.unlock();
  }

  /** Whether a living thread holds the end, or it is in transit to one. */
  hasHolder(end: End): boolean {
    const { words, exits } = this.#queue;
    const from = this.#at + end * wordsPerEnd;
    if (Atomics.load(words, from) === 1) return true;
    for (let at = from + 1; at < from + wordsPerEnd; at += 2) {
      if (Atomics.load(words, at + 1) > 0 && !hasExited(exits, words[at] as number)) return true;
    }
    return false;
  }
}

const mostThreads = 32;
const wordsPerEnd = 1 + 2 * mostThreads;
/** How many words both ends take. */
export const pipeEndsWords: number = 2 * wordsPerEnd;
