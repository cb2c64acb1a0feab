import { ThreadCounts } from "./thread-counts.ts";
import type { WaitQueue } from "./wait-queue.ts";

/** One of the two ends of a pipe. */
export type End = 0 | 1;

/**
 * The holders of each end of a pipe, so that the other side learns when there are none any more: by `close()`, or because
 * the threads have exited. Sending an end to a worker detaches it: the sender holds it again only when it uses it.
 *
 * Words of each end: one that says that it is in transit, then how many objects hold it in each thread.
 */
export class PipeEnds {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #holders: readonly ThreadCounts[];

  constructor({ words, backend }: WaitQueue, at: number) {
    this.#words = words;
    this.#at = at;
    this.#holders = [0, 1].map(
      (end) => new ThreadCounts(words, at + end * wordsPerEnd + 1, mostThreads, backend, false),
    );
  }

  /** One more object of this thread holds the end. */
  retain(end: End): void {
    this.#holders[end]?.add(1);
    Atomics.store(this.#words, this.#at + end * wordsPerEnd, 0);
  }

  /** One object of this thread less holds the end. `inTransit`: another holder is about to follow. */
  release(end: End, inTransit: boolean): void {
    if (inTransit) Atomics.store(this.#words, this.#at + end * wordsPerEnd, 1);
    this.#holders[end]?.add(-1);
  }

  /** Whether a living thread holds the end, or it is in transit to one. */
  hasHolder(end: End): boolean {
    if (Atomics.load(this.#words, this.#at + end * wordsPerEnd) === 1) return true;
    for (const { exited } of this.#holders[end] ?? []) if (!exited) return true;
    return false;
  }
}

const mostThreads = 32;
const wordsPerEnd = 1 + 2 * mostThreads;
/** How many words both ends take. */
export const pipeEndsWords: number = 2 * wordsPerEnd;
