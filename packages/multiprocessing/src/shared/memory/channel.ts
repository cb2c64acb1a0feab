import { Deadline } from "@concurrent-futures/core/deadline";
import type { RecordData } from "./record.ts";
import { Ring, ringWords } from "./ring.ts";
import { WaitQueue, type WaitQueueMemory, waiting, woken } from "./wait-queue.ts";

/** The shared memory of a channel: what is sent to other threads. */
export interface ChannelMemory {
  readonly queue: WaitQueueMemory;
  readonly ring: SharedArrayBuffer;
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
  readonly #memory: SharedArrayBuffer;
  readonly #limit: number;
  readonly #isClosed: () => boolean;

  /**
   * @param limit - how many records there may be; Infinity for no limit.
   * @param isClosed - whether no more records will come, which ends all waits.
   */
  constructor(
    queue: WaitQueue,
    memory: SharedArrayBuffer,
    limit: number,
    isClosed: () => boolean = () => false,
  ) {
    this.queue = queue;
    this.#memory = memory;
    this.ring = new Ring(queue.words, queue.firstWord, memory);
    this.#limit = limit;
    this.#isClosed = isClosed;
  }

  /** Lines and words for a new channel. The owner's lists come after the two of the channel. */
  static queue(lists: number, words: number): WaitQueue {
    return WaitQueue.create(2 + lists, ringWords + words);
  }

  /** The first word that belongs to the object built upon a channel. */
  static firstWord(queue: WaitQueue): number {
    return queue.firstWord + ringWords;
  }

  get memory(): ChannelMemory {
    return { queue: this.queue.memory, ring: this.#memory };
  }

  /** Adds a record if there is room now. */
  tryPut(record: RecordData, onPut?: () => void): boolean {
    const { queue, ring } = this;
    queue.lock();
    try {
      const may = ring.length < this.#limit && !this.#mustQueue(putters);
      if (may) this.#push(record, onPut);
      return may;
    } finally {
      queue.unlock();
    }
  }

  /** Takes a record if there is one now. */
  tryGet(): RecordData | undefined {
    const { queue, ring } = this;
    if (ring.length === 0) return undefined;
    queue.lock();
    const record = ring.length > 0 && !this.#mustQueue(getters) ? this.#shift() : undefined;
    queue.unlock();
    return record;
  }

  /** Adds a record as soon as there is room. The record must stay valid. */
  async put(
    record: RecordData,
    timeout: number | undefined,
    onPut?: () => void,
  ): Promise<WaitFailure | undefined> {
    return this.#wait(putters, new Deadline(timeout), () => this.#push(record, onPut));
  }

  /** As {@link put}, blocking this thread. */
  putSync(record: RecordData, timeout: number | undefined, onPut?: () => void): WaitFailure | undefined {
    return this.#waitSync(putters, new Deadline(timeout), () => this.#push(record, onPut));
  }

  /** Takes a record as soon as there is one. */
  get(timeout: number | undefined): Promise<RecordData | WaitFailure> {
    return this.#wait(getters, new Deadline(timeout), () => this.#shift());
  }

  /** As {@link get}, blocking this thread. */
  getSync(timeout: number | undefined): RecordData | WaitFailure {
    return this.#waitSync(getters, new Deadline(timeout), () => this.#shift());
  }

  /** Waits until there is a record, and leaves it there. */
  async poll(timeout: number | undefined): Promise<true | WaitFailure> {
    return this.ring.length > 0 || this.#wait(getters, new Deadline(timeout), () => true as const);
  }

  /** As {@link poll}, blocking this thread. */
  pollSync(timeout: number | undefined): true | WaitFailure {
    return this.ring.length > 0 || this.#waitSync(getters, new Deadline(timeout), () => true as const);
  }

  /** Waits until there may be a record, or none will come any more, or the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    const { queue } = this;
    const slot = queue.enqueueUnless(getters, () =>
      signal.aborted || this.ring.length > 0 || this.#isClosed() ? true : undefined,
    );
    if (slot === true) return;
    const stop = (): void => queue.setState(slot, woken);
    signal.addEventListener("abort", stop);
    await queue.sleep(slot, new Deadline(undefined), () => this.#onThreadExit(slot));
    signal.removeEventListener("abort", stop);
    queue.lock();
    queue.releaseSlot(slot);
    this.#wakeFirst(getters);
    queue.unlock();
  }

  /** Makes all waiters check again, as when the other side was closed. */
  wakeAll(): void {
    const { queue } = this;
    queue.lock();
    queue.each(getters, (slot) => queue.setState(slot, woken));
    queue.each(putters, (slot) => queue.setState(slot, woken));
    queue.unlock();
  }

  async #wait<R>(line: Line, deadline: Deadline, act: () => R): Promise<R | WaitFailure> {
    const outcome = this.#enqueue(line, deadline, act);
    if (typeof outcome !== "number") return outcome.value;
    for (;;) {
      await this.queue.sleep(outcome, deadline, () => this.#onThreadExit(outcome));
      const looked = this.#recheck(outcome, line, deadline, act);
      if (looked !== undefined) return looked.value;
    }
  }

  #waitSync<R>(line: Line, deadline: Deadline, act: () => R): R | WaitFailure {
    const outcome = this.#enqueue(line, deadline, act);
    if (typeof outcome !== "number") return outcome.value;
    for (;;) {
      this.queue.sleepSync(outcome, deadline, () => this.#onThreadExit(outcome));
      const looked = this.#recheck(outcome, line, deadline, act);
      if (looked !== undefined) return looked.value;
    }
  }

  #enqueue<R>(line: Line, deadline: Deadline, act: () => R): number | { readonly value: R | WaitFailure } {
    const { queue } = this;
    queue.lock();
    try {
      if (this.#isReady(line) && !this.#mustQueue(line)) return { value: act() };
      if (this.ring.length === 0 && this.#isClosed()) return { value: "closed" };
      if (deadline.passed) return { value: "timeout" };
      return queue.add(line);
    } finally {
      queue.unlock();
    }
  }

  #recheck<R>(
    slot: number,
    line: Line,
    deadline: Deadline,
    act: () => R,
  ): { readonly value: R | WaitFailure } | undefined {
    const { queue } = this;
    queue.lock();
    try {
      const can = this.#isReady(line) && (queue.stateOf(slot) === woken || queue.first(line) === slot);
      const isClosed = !can && this.#isClosed();
      if (!can && !isClosed && !deadline.passed) {
        queue.setOvertaken(slot);
        queue.setState(slot, waiting);
        this.#wakeFirst(line);
        return undefined;
      }
      queue.releaseSlot(slot);
      try {
        return { value: can ? act() : isClosed ? "closed" : "timeout" };
      } finally {
        this.#wakeFirst(line);
      }
    } finally {
      queue.unlock();
    }
  }

  #isReady(line: Line): boolean {
    return line === getters ? this.ring.length > 0 : this.ring.length < this.#limit;
  }

  /** With the gate held: whether the first waiter has been overtaken once already. */
  #mustQueue(line: Line): boolean {
    const slot = this.queue.first(line);
    return slot !== 0 && this.queue.isOvertaken(slot);
  }

  /** With the gate held. */
  #push(record: RecordData, onPut: (() => void) | undefined): undefined {
    this.ring.reserve(record.bytes.length);
    onPut?.();
    this.ring.push(record);
    this.#wakeFirst(getters);
  }

  /** With the gate held. */
  #shift(): RecordData {
    const record = this.ring.shift();
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#wakeFirst(putters);
    return record;
  }

  /** With the gate held: wakes the first in line if there is something for it. */
  #wakeFirst(line: Line): void {
    const { queue } = this;
    const slot = queue.first(line);
    if (slot !== 0 && this.#isReady(line) && queue.stateOf(slot) === waiting) queue.setState(slot, woken);
  }

  #onThreadExit(slot: number): void {
    const { queue } = this;
    queue.lock();
    this.#wakeFirst(getters);
    this.#wakeFirst(putters);
    if (this.#isClosed()) queue.setState(slot, woken);
    queue.unlock();
  }
}

type Line = 0 | 1;
const getters: Line = 0;
const putters: Line = 1;
