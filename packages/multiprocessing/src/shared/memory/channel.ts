import { Deadline } from "@concurrent-futures/core/deadline";
import type { RecordData } from "./record.ts";
import { Ring, ringWords } from "./ring.ts";
import type { MemoryHandle } from "./wait-backend.ts";
import { type WaitLists, waiting, woken } from "./wait-lists.ts";
import { WaitQueue, type WaitQueueMemory, type WaitSteps } from "./wait-queue.ts";

/** The shared memory of a channel: what is sent to other threads. */
export interface ChannelMemory {
  readonly queue: WaitQueueMemory;
  readonly ring: MemoryHandle;
}

/** Why a call failed. */
export type WaitFailure = "timeout" | "closed";

/**
 * A ring buffer with two lists of waiters: getters wait for a record, putters for room. A caller that makes one of the
 * two true wakes the first waiter; until that one runs, a newcomer may overtake it, at most once. A waiter that leaves
 * something over wakes the next.
 */
export class Channel {
  readonly queue: WaitQueue;
  readonly ring: Ring;
  readonly memory: ChannelMemory;
  readonly #limit: number;
  readonly #isClosed: () => boolean;

  /**
   * @param limit - how many records there may be; Infinity for no limit.
   * @param isClosed - whether no more records will come, which ends all waits.
   */
  constructor(memory: ChannelMemory, limit: number, isClosed: () => boolean = () => false) {
    this.memory = memory;
    this.queue = WaitQueue.attach(memory.queue);
    this.ring = new Ring(this.queue.words, this.queue.firstWord, this.queue.backend.attach(memory.ring));
    this.queue.repair = () => this.ring.recount();
    this.#limit = limit;
    this.#isClosed = isClosed;
  }

  /** Memory for a new channel. @param lists, words - for the object built upon it, after those of the channel */
  static allocate(lists: number, words: number): ChannelMemory {
    const queue = WaitQueue.create(2 + lists, ringWords + words);
    return { queue: queue.memory, ring: Ring.allocate(queue.backend).handle };
  }

  /** The first word that belongs to the object built upon the channel. */
  get firstWord(): number {
    return this.queue.firstWord + ringWords;
  }

  /** Adds a record if there is room now. */
  tryPut(record: RecordData, onPut?: () => void): boolean {
    return this.queue.withGate((lists) => {
      const may = this.ring.length < this.#limit && !this.#mustQueue(lists, putters);
      if (may) this.#push(lists, record, onPut);
      return may;
    });
  }

  /** Takes a record if there is one now. */
  tryGet(): RecordData | undefined {
    if (this.ring.length === 0) return undefined;
    return this.queue.withGate((lists) =>
      this.ring.length > 0 && !this.#mustQueue(lists, getters) ? this.#shift(lists) : undefined,
    );
  }

  /** Adds a record as soon as there is room. The record must stay valid. */
  put(record: RecordData, timeout: number | undefined, onPut?: () => void): Promise<WaitFailure | undefined> {
    return this.queue.run(this.#wait(putters, timeout, (lists) => this.#push(lists, record, onPut)));
  }

  /** As {@link put}, blocking this thread. */
  putSync(record: RecordData, timeout: number | undefined, onPut?: () => void): WaitFailure | undefined {
    return this.queue.runSync(this.#wait(putters, timeout, (lists) => this.#push(lists, record, onPut)));
  }

  /** Takes a record as soon as there is one. */
  get(timeout: number | undefined): Promise<RecordData | WaitFailure> {
    return this.queue.run(this.#wait(getters, timeout, (lists) => this.#shift(lists)));
  }

  /** As {@link get}, blocking this thread. */
  getSync(timeout: number | undefined): RecordData | WaitFailure {
    return this.queue.runSync(this.#wait(getters, timeout, (lists) => this.#shift(lists)));
  }

  /** Waits until there is a record, and leaves it there. */
  async poll(timeout: number | undefined): Promise<true | WaitFailure> {
    return this.ring.length > 0 || this.queue.run(this.#wait(getters, timeout, () => true as const));
  }

  /** As {@link poll}, blocking this thread. */
  pollSync(timeout: number | undefined): true | WaitFailure {
    return this.ring.length > 0 || this.queue.runSync(this.#wait(getters, timeout, () => true as const));
  }

  /** Waits until there may be a record, or none will come any more, or the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    const { queue } = this;
    const slot = queue.enqueueUnless(getters, () =>
      signal.aborted || this.ring.length > 0 || this.#isClosed() ? true : undefined,
    );
    if (slot === true) return;
    const stop = (): void => queue.withGate((lists) => lists.setState(slot, woken));
    signal.addEventListener("abort", stop);
    await queue.run(this.#sleepOnce(slot));
    signal.removeEventListener("abort", stop);
    queue.withGate((lists) => {
      lists.release(slot);
      this.#wakeFirst(lists, getters);
    });
  }

  /** Makes all waiters check again, as when the other side was closed. */
  wakeAll(): void {
    this.queue.withGate((lists) => {
      for (const list of [getters, putters]) for (const slot of lists.each(list)) lists.setState(slot, woken);
    });
  }

  *#sleepOnce(slot: number): WaitSteps<void> {
    yield { slot, deadline: new Deadline(undefined), onExit: () => this.#onThreadExit(slot) };
  }

  *#wait<R>(
    list: List,
    timeout: number | undefined,
    act: (lists: WaitLists) => R,
  ): WaitSteps<R | WaitFailure> {
    const { queue } = this;
    const deadline = new Deadline(timeout);
    // Who only tries must see for itself that the waiter that is kept a place has died.
    if (deadline.passed && this.#isReady(list)) queue.backend.pollExits();
    const first = queue.withGate((lists): number | Outcome<R> => {
      if (this.#isReady(list) && !this.#mustQueue(lists, list)) return { value: act(lists) };
      if (this.ring.length === 0 && this.#isClosed()) return { value: "closed" };
      return deadline.passed ? { value: "timeout" } : lists.add(list);
    });
    if (typeof first !== "number") return first.value;
    for (;;) {
      yield { slot: first, deadline, onExit: () => this.#onThreadExit(first) };
      const outcome = queue.withGate((lists) => this.#recheck(lists, first, list, deadline, act));
      if (outcome !== undefined) return outcome.value;
    }
  }

  /** After sleeping; `undefined` means to sleep again. */
  #recheck<R>(
    lists: WaitLists,
    slot: number,
    list: List,
    deadline: Deadline,
    act: (lists: WaitLists) => R,
  ): Outcome<R> | undefined {
    const ready = this.#isReady(list) && (lists.state(slot) === woken || lists.first(list) === slot);
    const isClosed = !ready && this.#isClosed();
    try {
      if (ready || isClosed || deadline.passed) {
        lists.release(slot);
        return { value: ready ? act(lists) : isClosed ? "closed" : "timeout" };
      }
      lists.setOvertaken(slot);
      lists.setState(slot, waiting);
      return undefined;
    } finally {
      this.#wakeFirst(lists, list);
    }
  }

  #isReady(list: List): boolean {
    return list === getters ? this.ring.length > 0 : this.ring.length < this.#limit;
  }

  /** Whether the first waiter has been overtaken once already. */
  #mustQueue(lists: WaitLists, list: List): boolean {
    const slot = lists.first(list);
    return slot !== 0 && lists.isOvertaken(slot);
  }

  #push(lists: WaitLists, record: RecordData, onPut: (() => void) | undefined): undefined {
    this.ring.reserve(record.bytes.length);
    onPut?.();
    this.ring.push(record);
    this.#wakeFirst(lists, getters);
  }

  #shift(lists: WaitLists): RecordData {
    const record = this.ring.shift();
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#wakeFirst(lists, putters);
    return record;
  }

  /** Wakes the first waiter if there is something for it. */
  #wakeFirst(lists: WaitLists, list: List): void {
    const slot = lists.first(list);
    if (slot !== 0 && this.#isReady(list) && lists.state(slot) === waiting) lists.setState(slot, woken);
  }

  #onThreadExit(slot: number): void {
    this.queue.withGate((lists) => {
      this.#wakeFirst(lists, getters);
      this.#wakeFirst(lists, putters);
      if (this.#isClosed()) lists.setState(slot, woken);
    });
  }
}

interface Outcome<R> {
  readonly value: R | WaitFailure;
}

type List = 0 | 1;
const getters: List = 0;
const putters: List = 1;
