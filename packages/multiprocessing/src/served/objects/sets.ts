import { isDeepStrictEqual } from "node:util";
import { ArgumentTypeError } from "@concurrent-futures/core";
import { describeValue, isIterable } from "@concurrent-futures/core/options";
import { KeyError } from "../../managers/key-error.ts";

/**
 * Python's `set`, in a server. What arrives is a copy, so that objects are compared by what is in them: they are looked
 * for one by one, where numbers, strings and other primitives are found at once.
 */
export class SetObject<T = unknown> {
  readonly #items: Set<T> = new Set();

  constructor(items: Iterable<T> = []) {
    this.update(items);
  }

  add(item: T): void {
    if (!this.has(item)) this.#items.add(item);
  }
  has(item: T): boolean {
    return this.#find(item) !== undefined;
  }
  /** Whether it was there: it need not be. */
  discard(item: T): boolean {
    const found = this.#find(item);
    return found !== undefined && this.#items.delete(found.item);
  }
  remove(item: T): void {
    if (!this.discard(item)) throw new KeyError(describeValue(item));
  }
  /** Takes any item out. */
  pop(): T {
    for (const item of this.#items) {
      this.#items.delete(item);
      return item;
    }
    throw new KeyError("pop from an empty set");
  }
  update(items: Iterable<T>): void {
    if (!isIterable(items))
      throw new ArgumentTypeError(`Expected an iterable of items, got ${describeValue(items)}.`);
    for (const item of items) this.add(item);
  }
  clear(): void {
    this.#items.clear();
  }
  size(): number {
    return this.#items.size;
  }
  /** The items as a Set of the caller's own. */
  copy(): Set<T> {
    return new Set(this.#items);
  }
  toArray(): T[] {
    return [...this.#items];
  }

  /** The item that is there and equal, boxed since it may be `undefined`. */
  #find(item: T): { readonly item: T } | undefined {
    if (this.#items.has(item)) return { item };
    if (typeof item !== "object" || item === null) return undefined;
    for (const own of this.#items) if (isDeepStrictEqual(own, item)) return { item: own };
    return undefined;
  }
}
