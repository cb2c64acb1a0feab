import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkTimeout, describeValue } from "@concurrent-futures/core/options";
import { Empty, Full, OSError } from "../errors.ts";
import { alternatives, defineTransfer } from "../transfer.ts";
import { Channel, type ChannelMemory, type WaitFailure } from "./memory/channel.ts";
import { decode, decodeSync, encode, type RecordData } from "./memory/record.ts";
import { Ring } from "./memory/ring.ts";
import { WaitQueue } from "./memory/wait-queue.ts";

const done: Promise<void> = Promise.resolve();

/** The shared part of a queue, and how many items it may hold. */
export interface QueueState {
  readonly memory: ChannelMemory;
  readonly limit: number;
}

/**
 * What the queues have in common: items in shared memory. An item is copied when it is put; what cannot travel is
 * refused there (in Python it vanishes later). It is removed in one step when it is got: a worker that dies before or
 * after that step neither loses nor duplicates an item.
 */
export abstract class SharedQueue<T> {
  protected readonly channel: Channel;
  protected readonly limit: number;
  #closed = false;
  #used = false;

  protected constructor(limit: number, lists: number, words: number, state?: QueueState) {
    this.limit = state?.limit ?? limit;
    this.channel = state
      ? new Channel(WaitQueue.attach(state.memory.queue), state.memory.ring, state.limit)
      : new Channel(Channel.queue(lists, words), Ring.memory(), limit);
  }

  /** What is sent to other threads. */
  protected get state(): QueueState {
    return { memory: this.channel.memory, limit: this.limit };
  }

  /** Whether {@link close} was called on this object. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether nothing is in it at this moment. @throws OSError when the queue was used here and closed */
  empty(): boolean {
    if (this.#closed && this.#used) throw new OSError(`${this.#name} is closed. Ask before close().`);
    return this.channel.ring.length === 0;
  }

  /**
   * Says that this thread will neither put nor get any more. What is in the queue stays for the others; theirs stays
   * open. A second time does nothing.
   */
  close(): void {
    this.#closed = true;
  }

  protected putItem(item: T, timeout: number | undefined, onPut?: () => void): Promise<void> {
    const limit = checkTimeout("timeout", timeout);
    try {
      this.#use();
      const record = encode(item);
      if (this.channel.tryPut(record, onPut)) return done;
      // The record's bytes are valid until the next one is made.
      const kept: RecordData = { kind: record.kind, bytes: record.bytes.slice() };
      return this.channel.put(kept, limit, onPut).then(refuseFull);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  protected putItemSync(item: T, timeout: number | undefined, onPut?: () => void): void {
    const limit = checkTimeout("timeout", timeout);
    this.#use();
    const record = encode(item);
    if (!this.channel.tryPut(record, onPut)) refuseFull(this.channel.putSync(record, limit, onPut));
  }

  protected async getItem(timeout: number | undefined): Promise<T> {
    const limit = checkTimeout("timeout", timeout);
    this.#use();
    const record = this.channel.tryGet() ?? (await this.channel.get(limit));
    if (typeof record === "string") throw new Empty();
    return decode(record) as T | Promise<T>;
  }

  protected getItemSync(timeout: number | undefined): T {
    const limit = checkTimeout("timeout", timeout);
    this.#use();
    const record = this.channel.tryGet() ?? this.channel.getSync(limit);
    if (typeof record === "string") throw new Empty();
    return decodeSync(record) as T;
  }

  #use(): void {
    if (this.#closed) throw this.closedError(`${this.#name} is closed. Put and get before close().`);
    this.#used = true;
  }

  /** What using a closed queue throws. */
  protected closedError(message: string): Error {
    return new ValueError(message);
  }

  get #name(): string {
    return `${this.constructor.name}`;
  }
}

function refuseFull(refusal: WaitFailure | undefined): void {
  if (refusal !== undefined) throw new Full();
}

/** What `Queue` and `JoinableQueue` have in common. */
export abstract class TimedQueue<T> extends SharedQueue<T> {
  /**
   * Puts a copy of an item at the end; waits for room.
   *
   * @param timeout - milliseconds to wait; 0 or less only tries. `undefined` waits for ever.
   * @throws Full when there was no room in time; SerializationError when the item cannot travel; ValueError after
   * `close()`.
   */
  put(item: T, timeout?: number): Promise<void> {
    return this.putItem(item, timeout);
  }

  /** As {@link put}, blocking this thread. */
  putSync(item: T, timeout?: number): void {
    this.putItemSync(item, timeout);
  }

  /** `put` with timeout 0 (Python: `put_nowait`). The item is in the queue when the call returns. */
  putNowait(item: T): Promise<void> {
    return this.put(item, 0);
  }

  /**
   * Removes the first item and gives it; waits for one.
   *
   * @param timeout - milliseconds to wait; 0 or less only tries. `undefined` waits for ever.
   * @throws Empty when there was none in time; ValueError after `close()`.
   */
  get(timeout?: number): Promise<T> {
    return this.getItem(timeout);
  }

  /** As {@link get}, blocking this thread. */
  getSync(timeout?: number): T {
    return this.getItemSync(timeout);
  }

  /** `get` with timeout 0 (Python: `get_nowait`). */
  getNowait(): Promise<T> {
    return this.get(0);
  }

  /** How many items are in it at this moment. */
  qsize(): number {
    return this.channel.ring.length;
  }

  /** Whether there is no room at this moment. */
  full(): boolean {
    return this.channel.ring.length >= this.limit;
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

/**
 * A first-in-first-out queue between threads (Python: `multiprocessing.Queue`). Any number of threads may put and
 * get; the items of one producer keep their order. Pass it to workers as an argument.
 *
 * @example
 * ```ts
 * const queue = new Queue<number>();
 * pool.submit(produce, queue);
 * console.log(await queue.get());
 * ```
 */
export class Queue<T = unknown> extends TimedQueue<T> {
  /** @param maxsize - how many items it holds; 0 or less for no bound. @default 0 */
  constructor(maxsize: number = 0, state?: QueueState) {
    super(limitOf(maxsize), 0, 0, state);
  }

  static {
    defineTransfer<Queue, QueueState>(Queue, {
      module: import.meta.url,
      name: "Queue",
      pack: (queue) => queue.state,
      unpack: (state) => new Queue(0, state),
      alternatives: alternatives("Queue"),
    });
  }
}
