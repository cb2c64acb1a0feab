import { ValueError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { JoinableQueue } from "../contract/queue.ts";
import { alternatives, defineTransfer } from "../transfer.ts";
import { ItemChannel, type ItemChannelMemory } from "./memory/item-channel.ts";
import type { WaitSteps } from "./memory/wait-queue.ts";
import { limitOf } from "./queue.ts";
import { done } from "./settled.ts";

/** The list of callers that wait for all work to be done. */
const joiners = 2;

/** A `JoinableQueue` in memory that threads share. */
export class SharedJoinableQueue<T = unknown> extends JoinableQueue<T> {
  readonly #items: ItemChannel<T>;
  readonly #words: Int32Array;
  readonly #unfinished: number;
  readonly #onPut: () => void;

  /** @param source - how many items it holds, 0 or less for no bound; or the items. @default 0 */
  constructor(source: number | ItemChannelMemory = 0) {
    super();
    const memory = typeof source === "object" ? source : ItemChannel.allocate(limitOf(source), 1, 1);
    this.#items = new ItemChannel(memory, ValueError);
    this.#words = this.#items.channel.queue.words;
    this.#unfinished = this.#items.channel.firstWord;
    this.#onPut = () => Atomics.add(this.#words, this.#unfinished, 1);
  }

  static {
    defineTransfer<SharedJoinableQueue, ItemChannelMemory>(SharedJoinableQueue, {
      module: import.meta.url,
      name: "SharedJoinableQueue",
      pack: (queue) => queue.#items.memory,
      unpack: (memory) => new SharedJoinableQueue(memory),
      alternatives: alternatives("JoinableQueue"),
    });
  }

  get [Symbol.toStringTag](): "JoinableQueue" {
    return "JoinableQueue";
  }

  override put(item: T, timeout?: number): Promise<void> {
    return this.#items.put(item, timeout, this.#onPut);
  }

  override putSync(item: T, timeout?: number): void {
    this.#items.putSync(item, timeout, this.#onPut);
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

  override taskDone(): Promise<void> {
    this.taskDoneSync();
    return done;
  }

  override taskDoneSync(): void {
    const left = this.#items.channel.queue.withGate((lists) => {
      const unfinished = Atomics.load(this.#words, this.#unfinished) - 1;
      if (unfinished >= 0) Atomics.store(this.#words, this.#unfinished, unfinished);
      if (unfinished === 0) lists.completeAll(joiners);
      return unfinished;
    });
    if (left < 0)
      throw new ValueError("task_done() called too many times: call it once for each item that was taken.");
  }

  override join(timeout?: number): Promise<boolean> {
    return this.#items.channel.queue.run(this.#join(timeout));
  }

  override joinSync(timeout?: number): boolean {
    return this.#items.channel.queue.runSync(this.#join(timeout));
  }

  *#join(timeout: number | undefined): WaitSteps<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const { queue } = this.#items.channel;
    const slot = queue.enqueueUnless(joiners, () => {
      if (Atomics.load(this.#words, this.#unfinished) === 0) return true;
      return deadline.passed ? false : undefined;
    });
    if (typeof slot === "boolean") return slot;
    yield { slot, deadline };
    return queue.leave(slot);
  }
}
