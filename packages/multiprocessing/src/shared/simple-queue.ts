import { SimpleQueue } from "../contract/queue.ts";
import { OSError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import { ItemChannel, type ItemChannelMemory } from "./memory/item-channel.ts";

/** A `SimpleQueue` in memory that threads share. */
export class SharedSimpleQueue<T = unknown> extends SimpleQueue<T> {
  readonly #items: ItemChannel<T>;

  constructor(memory: ItemChannelMemory = ItemChannel.allocate(Number.POSITIVE_INFINITY)) {
    super();
    this.#items = new ItemChannel(memory, OSError);
  }

  static {
    defineTransfer<SharedSimpleQueue, ItemChannelMemory>(SharedSimpleQueue, {
      module: import.meta.url,
      name: "SharedSimpleQueue",
      pack: (queue) => queue.#items.memory,
      unpack: (memory) => new SharedSimpleQueue(memory),
    });
  }

  override put(item: T): Promise<void> {
    return this.#items.put(item, undefined);
  }

  override putSync(item: T): void {
    this.#items.putSync(item, undefined);
  }

  override get(): Promise<T> {
    return this.#items.get(undefined);
  }

  override getSync(): T {
    return this.#items.getSync(undefined);
  }

  override empty(): boolean {
    if (this.#items.handle.closed) throw new OSError("The queue is closed. Call this before close().");
    return this.#items.isEmpty;
  }

  override close(): void {
    this.#items.handle.close();
  }

  override get closed(): boolean {
    return this.#items.handle.closed;
  }
}
