/**
 * First in, first out, in buckets by priority: what every executor of this library keeps its waiting tasks in.
 * Published as `@concurrent-futures/core/queue` for the sibling packages.
 */
export class PriorityQueue<T extends object> {
  // Nearly all tasks have priority 0: that bucket is found without a search.
  readonly #normal: Bucket<T> = new Bucket<T>(0);
  // Sorted, highest priority first; holds the normal bucket too once there is another.
  #buckets: Bucket<T>[] = [this.#normal];

  /** How many items wait. */
  get size(): number {
    let size = 0;
    for (const bucket of this.#buckets) size += bucket.size;
    return size;
  }

  push(item: T, priority = 0): void {
    (priority === 0 ? this.#normal : this.#bucketOf(priority)).push(item);
  }

  /** Puts an item that was taken back before all others of its priority. */
  unshift(item: T, priority = 0): void {
    this.#bucketOf(priority).unshift(item);
  }

  /** The next item, which stays. */
  peek(): T | undefined {
    for (const bucket of this.#buckets) if (bucket.size > 0) return bucket.peek();
    return undefined;
  }

  shift(): T | undefined {
    for (const bucket of this.#buckets) if (bucket.size > 0) return bucket.shift();
    return undefined;
  }

  /** Takes everything out, in order. */
  clear(): T[] {
    const items: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    return items;
  }

  #bucketOf(priority: number): Bucket<T> {
    const found = this.#buckets.find((bucket) => bucket.priority === priority);
    if (found !== undefined) return found;
    const bucket = new Bucket<T>(priority);
    this.#buckets = [...this.#buckets, bucket].sort((a, b) => b.priority - a.priority);
    return bucket;
  }
}

/** Taken slots are cut off in blocks this large: smaller moves the array too often, larger keeps dead slots. */
const cutAt = 8192;

/** A queue on an array with a moving head: pushes and shifts without moving the rest. */
class Bucket<T extends object> {
  readonly priority: number;
  #items: (T | undefined)[] = [];
  #head = 0;

  constructor(priority: number) {
    this.priority = priority;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  unshift(item: T): void {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= cutAt && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
