import { checkTimeout } from "@concurrent-futures/core/options";
import { QueueHandle } from "../../contract/queue-handle.ts";
import { Empty, Full } from "../../errors.ts";
import { Channel, type ChannelMemory, type WaitFailure } from "./channel.ts";
import { decode, decodeSync, encode, type RecordData } from "./record.ts";
import { done } from "./settled.ts";

/** The memory of the items, and how many there may be. */
export interface ItemChannelMemory {
  readonly channel: ChannelMemory;
  readonly limit: number;
}

/** One handle of the items of a queue, in memory that threads share: what the three kinds of queues hold. */
export class ItemChannel<T> {
  readonly channel: Channel;
  readonly memory: ItemChannelMemory;
  readonly handle: QueueHandle;
  readonly #onPut: (() => void) | undefined;

  /**
   * @param ClosedError - what using a closed queue throws
   * @param onPut - called in the moment when an item is put, by the only thread that may do so
   */
  constructor(memory: ItemChannelMemory, ClosedError: new (message: string) => Error, onPut?: () => void) {
    this.memory = memory;
    this.#onPut = onPut;
    this.channel = new Channel(memory.channel, memory.limit);
    this.handle = new QueueHandle(ClosedError);
  }

  /** @param lists, words - for the queue itself, after those of the channel. @default 0 */
  static allocate(limit: number, lists: number = 0, words: number = 0): ItemChannelMemory {
    return { channel: Channel.allocate(lists, words), limit };
  }

  get length(): number {
    return this.channel.ring.length;
  }

  /** @throws OSError when the queue was used here and closed */
  get isEmpty(): boolean {
    this.handle.assertReadable();
    return this.length === 0;
  }

  get isFull(): boolean {
    return this.length >= this.memory.limit;
  }

  /** Rejects for whatever is wrong with the item. @throws ArgumentTypeError, ValueError for a wrong timeout */
  put(item: T, timeout: number | undefined): Promise<void> {
    const limit = checkTimeout("timeout", timeout);
    try {
      this.handle.use();
      const record = this.#encode(item);
      if (this.channel.tryPut(record, this.#onPut)) return done;
      // The record's bytes are valid until the next one is made.
      const kept: RecordData = { kind: record.kind, bytes: Uint8Array.from(record.bytes) };
      return this.channel.put(kept, limit, this.#onPut).then(refuseFull);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  putSync(item: T, timeout: number | undefined): void {
    const limit = checkTimeout("timeout", timeout);
    this.handle.use();
    const record = this.#encode(item);
    if (!this.channel.tryPut(record, this.#onPut))
      refuseFull(this.channel.putSync(record, limit, this.#onPut));
  }

  #encode(item: T): RecordData {
    return encode(item, this.channel.queue.backend.reach);
  }

  async get(timeout: number | undefined): Promise<T> {
    const limit = checkTimeout("timeout", timeout);
    this.handle.use();
    const record = this.channel.tryGet() ?? (await this.channel.get(limit));
    if (typeof record === "string") throw new Empty();
    return decode(record) as T | Promise<T>;
  }

  getSync(timeout: number | undefined): T {
    const limit = checkTimeout("timeout", timeout);
    this.handle.use();
    const record = this.channel.tryGet() ?? this.channel.getSync(limit);
    if (typeof record === "string") throw new Empty();
    return decodeSync(record) as T;
  }
}

function refuseFull(failure: WaitFailure | undefined): void {
  if (failure !== undefined) throw new Full();
}
