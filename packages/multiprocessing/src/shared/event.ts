import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { Event } from "../contract/event.ts";
import { defineTransfer } from "../transfer.ts";
import { done } from "./memory/settled.ts";
import { WaitQueue, type WaitQueueMemory, type WaitSteps } from "./memory/wait-queue.ts";

/** An `Event` in memory that threads share. */
export class SharedEvent extends Event {
  readonly #queue: WaitQueue;
  readonly #flag: number;

  constructor(queue: WaitQueue = WaitQueue.create(1, 1)) {
    super();
    this.#queue = queue;
    this.#flag = queue.firstWord;
  }

  static {
    defineTransfer<SharedEvent, WaitQueueMemory>(SharedEvent, {
      module: import.meta.url,
      name: "SharedEvent",
      pack: (event) => event.#queue.memory,
      unpack: (memory) => new SharedEvent(WaitQueue.attach(memory)),
    });
  }

  override isSet(): boolean {
    return Atomics.load(this.#queue.words, this.#flag) === 1;
  }

  override set(): Promise<void> {
    this.setSync();
    return done;
  }

  override setSync(): void {
    this.#queue.withGate((lists) => {
      Atomics.store(this.#queue.words, this.#flag, 1);
      lists.completeAll(0);
    });
  }

  override clear(): Promise<void> {
    this.clearSync();
    return done;
  }

  override clearSync(): void {
    Atomics.store(this.#queue.words, this.#flag, 0);
  }

  override wait(timeout?: number): Promise<boolean> {
    return this.#queue.run(this.#wait(timeout));
  }

  override waitSync(timeout?: number): boolean {
    return this.#queue.runSync(this.#wait(timeout));
  }

  override toString(): string {
    return `<Event at ${this.isSet() ? "set" : "unset"}>`;
  }

  *#wait(timeout: number | undefined): WaitSteps<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    if (this.isSet()) return true;
    if (deadline.passed) return false;
    const slot = this.#queue.enqueueUnless(0, () => (this.isSet() ? true : undefined));
    if (slot === true) return true;
    // Who has set it may have been killed before it woke all.
    yield {
      slot,
      deadline,
      onExit: () => this.#queue.withGate((lists) => this.isSet() && lists.completeAll(0)),
    };
    return this.#queue.leave(slot);
  }
}
