import type { WaitBackend } from "./wait-backend.ts";

/**
 * A count for each thread, in shared words: how many permits it has acquired, how many objects it has that hold a pipe's
 * end. A thread writes only its own. Words: pairs of a thread and its count.
 */
export class ThreadCounts {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #end: number;
  readonly #backend: WaitBackend;
  readonly #keepLost: boolean;
  #mine = 0;

  /** @param keepLost - whether the count of a thread that has exited matters still, unless it is 0 */
  constructor(words: Int32Array, at: number, threads: number, backend: WaitBackend, keepLost: boolean) {
    this.#words = words;
    this.#at = at;
    this.#end = at + 2 * threads;
    this.#backend = backend;
    this.#keepLost = keepLost;
  }

  /** Adds to this thread's count. With more threads than there is room for, some are not counted. */
  add(n: number): void {
    if (this.#mine === 0) this.#mine = this.#find();
    if (this.#mine !== uncounted) Atomics.add(this.#words, this.#mine + 1, n);
  }

  /** The counts of living threads, and those of exited ones. */
  *[Symbol.iterator](): IterableIterator<{ readonly count: number; readonly exited: boolean }> {
    for (let at = this.#at; at < this.#end; at += 2) {
      const count = Atomics.load(this.#words, at + 1);
      if (count !== 0) yield { count, exited: this.#backend.hasExited(Atomics.load(this.#words, at)) };
    }
  }

  #find(): number {
    const words = this.#words;
    const { ownId } = this.#backend;
    for (let at = this.#at; at < this.#end; at += 2) if (Atomics.load(words, at) === ownId) return at;
    for (let at = this.#at; at < this.#end; at += 2) {
      const thread = Atomics.load(words, at);
      if (thread !== 0 && !this.#mayReuse(thread, Atomics.load(words, at + 1))) continue;
      if (Atomics.compareExchange(words, at, thread, ownId) !== thread) continue;
      Atomics.store(words, at + 1, 0);
      return at;
    }
    return uncounted;
  }

  #mayReuse(thread: number, count: number): boolean {
    return this.#backend.hasExited(thread) && (count === 0 || !this.#keepLost);
  }
}

const uncounted = -1;
