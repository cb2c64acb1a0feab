import type { Future } from "../future/future.ts";

/** Taken futures at the front of the list that are kept until they are worth a copy of the rest. */
const fewTaken = 64;

/**
 * Futures with their numbers. The first of them is found at once: the first key of a Map is looked for behind all that were deleted.
 */
export class FutureQueue<R> {
  readonly #numbers: Map<Future<R>, number> = new Map();
  /** In the order in which they came, some of them taken; missing where nobody asks for the first. */
  #list: (Future<R> | undefined)[] | undefined;
  #front = 0;

  /** @param ordered - whether the first will be asked for. */
  constructor(ordered: boolean) {
    this.#list = ordered ? [] : undefined;
  }

  get size(): number {
    return this.#numbers.size;
  }

  has(future: Future<R>): boolean {
    return this.#numbers.has(future);
  }

  add(future: Future<R>, number: number): void {
    this.#numbers.set(future, number);
    this.#list?.push(future);
  }

  /** The oldest that has not been taken. */
  first(): Future<R> | undefined {
    return this.#list?.[this.#front];
  }

  /** Takes a future out. @returns its number */
  take(future: Future<R>): number {
    const number = this.#numbers.get(future) as number;
    this.#numbers.delete(future);
    if (this.#list !== undefined) this.#moveOn(this.#list);
    return number;
  }

  /** All of them, taken out. */
  takeAll(): Future<R>[] {
    const futures = [...this.#numbers.keys()];
    this.#numbers.clear();
    if (this.#list !== undefined) this.#list = [];
    this.#front = 0;
    return futures;
  }

  #moveOn(list: (Future<R> | undefined)[]): void {
    for (; this.#front < list.length; this.#front++) {
      const future = list[this.#front] as Future<R>;
      if (this.#numbers.has(future)) break;
      list[this.#front] = undefined;
    }
    if (this.#front < fewTaken || this.#front * 2 < list.length) return;
    this.#list = list.slice(this.#front);
    this.#front = 0;
  }
}
