import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";
import { Queue } from "../contract/queue.ts";
import { alternatives, defineTransfer } from "../transfer.ts";
import { ItemChannel, type ItemChannelMemory } from "./memory/item-channel.ts";

/** A `Queue` in memory that threads share. */
export class SharedQueue<T = unknown> extends Queue<T> {
  readonly #items: ItemChannel<T>;

  /** @param source - how many items it holds, 0 or less for no bound; or the items. @default 0 */
  constructor(source: number | ItemChannelMemory = 0) {
    super();
    const memory = typeof source === "object" ? source : ItemChannel.allocate(limitOf(source));
    this.#items = new ItemChannel(memory, ValueError);
  }

  static {
    defineTransfer<SharedQueue, ItemChannelMemory>(SharedQueue, {
      module: import.meta.url,
      name: "SharedQueue",
      pack: (queue) => queue.#items.memory,
      unpack: (memory) => new SharedQueue(memory),
      alternatives: alternatives("Queue"),
    });
  }

  get [Symbol.toStringTag](): "Queue" {
    return "Queue";
  }

  override put(item: T, timeout?: number): Promise<void> {
    return this.#items.put(item, timeout);
  }

  override putSync(item: T, timeout?: number): void {
    this.#items.putSync(item, timeout);
  }

  override get(timeout?: number): Promise<T> {
    return this.#items.get(timeout);
  }

  override getSync(timeout?: number): T {
    return this.#items.getSync(timeout);
  }

  override qsize(): number {
    return this.#items.length;
  }

  override empty(): boolean {
    return this.#items.isEmpty;
  }

  override full(): boolean {
    return this.#items.isFull;
  }

  override close(): void {
    this.#items.handle.close();
  }

  override get closed(): boolean {
    return this.#items.handle.closed;
  }
}

/** Python: 0 and less mean no bound. */
export function limitOf(maxsize: unknown): number {
  if (typeof maxsize !== "number" || !(Number.isInteger(maxsize) || maxsize === Number.POSITIVE_INFINITY)) {
    throw new ArgumentTypeError(
      `Expected \`maxsize\` to be a whole number of items, got ${describeValue(maxsize)}.`,
    );
  }
  return maxsize <= 0 ? Number.POSITIVE_INFINITY : maxsize;
}
