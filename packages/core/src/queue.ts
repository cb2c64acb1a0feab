/**
 * First in, first out, in lanes by priority: what every executor of this library keeps its waiting tasks in.
 * Published as `@concurrent-futures/core/queue` for the sibling packages.
 */
export class PriorityQueue<T extends object> {
  // Nearly all tasks have priority 0: that lane is found without a search.
  readonly #normal: Lane<T> = new Lane<T>(0);
  // Sorted, highest priority first; holds the normal lane too once there is another.
  #lanes: Lane<T>[] = [this.#normal];

  /** How many items wait. */
  get size(): number {
    let size = 0;
    for (const lane of this.#lanes) size += lane.size;
    return size;
  }

  push(item: T, priority = 0): void {
    (priority === 0 ? this.#normal : this.#laneOf(priority)).push(item);
  }

  /** Puts an item that was taken back before all others of its priority. */
  unshift(item: T, priority = 0): void {
    this.#laneOf(priority).unshift(item);
  }

  /** The next item, which stays. */
  peek(): T | undefined {
    for (const lane of this.#lanes) if (lane.size > 0) return lane.peek();
    return undefined;
  }

  shift(): T | undefined {
    for (const lane of this.#lanes) if (lane.size > 0) return lane.shift();
    return undefined;
  }

  /** Takes everything out, in order. */
  clear(): T[] {
    const items: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    return items;
  }

  #laneOf(priority: number): Lane<T> {
    const found = this.#lanes.find((lane) => lane.priority === priority);
    if (found !== undefined) return found;
    const lane = new Lane<T>(priority);
    this.#lanes = [...this.#lanes, lane].sort((a, b) => b.priority - a.priority);
    return lane;
  }
}

/** Taken slots are cut off in blocks this large: smaller moves the array too often, larger keeps dead slots. */
const cutAt = 8192;

/** A queue on an array with a moving head: pushes and shifts without moving the rest. */
class Lane<T extends object> {
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
