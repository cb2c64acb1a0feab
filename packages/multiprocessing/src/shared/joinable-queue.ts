import { ValueError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { alternatives, defineTransfer } from "../transfer.ts";
import { Channel } from "./memory/channel.ts";
import { done } from "./memory/wait-queue.ts";
import { limitOf, type QueueState, TimedQueue } from "./queue.ts";

/** Those who wait for all work to be done. */
const joiners = 2;

/**
 * A queue whose items are work: `join()` waits until each that was put has been answered by `taskDone()` (Python:
 * `multiprocessing.JoinableQueue`).
 *
 * @example
 * ```ts
 * const queue = new JoinableQueue<string>();
 * for (const url of urls) await queue.put(url);
 * // workers: const url = await queue.get(); … ; queue.taskDone();
 * await queue.join();
 * ```
 */
export class JoinableQueue<T = unknown> extends TimedQueue<T> {
  readonly #unfinished: number;
  readonly #onPut: () => void;

  /** @param maxsize - how many items it holds; 0 or less for no bound. @default 0 */
  constructor(maxsize: number = 0, state?: QueueState) {
    super(limitOf(maxsize), 1, 1, state);
    const { words } = this.channel.queue;
    this.#unfinished = Channel.firstWord(this.channel.queue);
    this.#onPut = () => Atomics.add(words, this.#unfinished, 1);
  }

  static {
    defineTransfer<JoinableQueue, QueueState>(JoinableQueue, {
      module: import.meta.url,
      name: "JoinableQueue",
      pack: (queue) => queue.state,
      unpack: (state) => new JoinableQueue(0, state),
      alternatives: alternatives("JoinableQueue"),
    });
  }

  override put(item: T, timeout?: number): Promise<void> {
    return this.putItem(item, timeout, this.#onPut);
  }

  override putSync(item: T, timeout?: number): void {
    this.putItemSync(item, timeout, this.#onPut);
  }

  /**
   * Says, at once, that an item that was got has been dealt with.
   *
   * @throws ValueError when it is called more often than items were put.
   */
  taskDone(): void {
    const { queue } = this.channel;
    queue.lock();
    const left = Atomics.load(queue.words, this.#unfinished) - 1;
    if (left >= 0) Atomics.store(queue.words, this.#unfinished, left);
    if (left === 0)
      for (let slot = queue.first(joiners); slot !== 0; slot = queue.first(joiners)) queue.complete(slot, 0);
    queue.unlock();
    if (left < 0)
      throw new ValueError("task_done() called too many times: call it once for each item that was got.");
  }

  /**
   * Waits until every item that was put has been answered by `taskDone()`.
   *
   * @param timeout - milliseconds. Python has none here. `undefined` waits for ever.
   * @returns whether that was so in time.
   */
  async join(timeout?: number): Promise<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const { queue } = this.channel;
    const slot = this.#enqueue(deadline);
    if (typeof slot === "boolean") return slot;
    await queue.sleep(slot, deadline, () => {});
    return this.#stop(slot);
  }

  /** As {@link join}, blocking this thread. */
  joinSync(timeout?: number): boolean {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const slot = this.#enqueue(deadline);
    if (typeof slot === "boolean") return slot;
    this.channel.queue.sleepSync(slot, deadline, () => {});
    return this.#stop(slot);
  }

  #enqueue(deadline: Deadline): number | boolean {
    const { queue } = this.channel;
    const isDone = (): boolean => Atomics.load(queue.words, this.#unfinished) === 0;
    return queue.enqueueUnless(joiners, () => (isDone() ? true : deadline.passed ? false : undefined));
  }

  #stop(slot: number): boolean {
    const { queue } = this.channel;
    queue.lock();
    const isDone = queue.stateOf(slot) === done;
    queue.releaseSlot(slot);
    queue.unlock();
    return isDone;
  }
}
