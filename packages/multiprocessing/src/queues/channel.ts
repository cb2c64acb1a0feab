import { Deadline } from "@concurrent-futures/core/deadline";
import { WaitQueue, type WaitQueueMemory, waiting, woken } from "../sync/wait-queue.ts";
import type { RecordData } from "./record.ts";
import { Ring, ringWords } from "./ring.ts";

/** The shared memory of a channel: what travels to other threads. */
export interface ChannelMemory {
  readonly queue: WaitQueueMemory;
  readonly ring: SharedArrayBuffer;
}

/** Why nothing came of a call. */
export type Refusal = "late" | "over";

/**
 * A ring with two lines before it: those who wait for a record and those who wait for room. Whoever makes one of the
 * two true wakes the first in line; until that one runs, anyone may be faster, but only once: after that it is
 * `starved` and nobody goes before it. Who is woken and leaves something over wakes the next.
 */
export class Channel {
  readonly queue: WaitQueue;
  readonly ring: Ring;
  readonly #memory: SharedArrayBuffer;
  readonly #limit: number;
  readonly #isOver: () => boolean;

  /**
   * @param limit - how many records there may be; Infinity for no limit.
   * @param isOver - whether no more records will come: whoever waits is then told.
   */
  constructor(
    queue: WaitQueue,
    memory: SharedArrayBuffer,
    limit: number,
    isOver: () => boolean = () => false,
  ) {
    this.queue = queue;
    this.#memory = memory;
    this.ring = new Ring(queue.words, queue.firstWord, memory);
    this.#limit = limit;
    this.#isOver = isOver;
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
    queue.enter();
    try {
      const may = ring.length < this.#limit && !this.#mustQueue(roomers);
      if (may) this.#push(record, onPut);
      return may;
    } finally {
      queue.leave();
    }
  }

  /** Takes a record if there is one now. */
  tryGet(): RecordData | undefined {
    const { queue, ring } = this;
    if (ring.length === 0) return undefined;
    queue.enter();
    const record = ring.length > 0 && !this.#mustQueue(takers) ? this.#shift() : undefined;
    queue.leave();
    return record;
  }

  /** Adds a record as soon as there is room. The record must stay valid. */
  async put(
    record: RecordData,
    timeout: number | undefined,
    onPut?: () => void,
  ): Promise<Refusal | undefined> {
    return this.#wait(roomers, new Deadline(timeout), () => this.#push(record, onPut));
  }

  /** As {@link put}, blocking this thread. */
  putSync(record: RecordData, timeout: number | undefined, onPut?: () => void): Refusal | undefined {
    return this.#waitSync(roomers, new Deadline(timeout), () => this.#push(record, onPut));
  }

  /** Takes a record as soon as there is one. */
  get(timeout: number | undefined): Promise<RecordData | Refusal> {
    return this.#wait(takers, new Deadline(timeout), () => this.#shift());
  }

  /** As {@link get}, blocking this thread. */
  getSync(timeout: number | undefined): RecordData | Refusal {
    return this.#waitSync(takers, new Deadline(timeout), () => this.#shift());
  }

  /** Waits until there is a record, and leaves it there. */
  async poll(timeout: number | undefined): Promise<true | Refusal> {
    return this.ring.length > 0 || this.#wait(takers, new Deadline(timeout), () => true as const);
  }

  /** As {@link poll}, blocking this thread. */
  pollSync(timeout: number | undefined): true | Refusal {
    return this.ring.length > 0 || this.#waitSync(takers, new Deadline(timeout), () => true as const);
  }

  /** Waits until there may be a record, or none will come any more, or the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    const { queue } = this;
    const slot = queue.lineUp(takers, () =>
      signal.aborted || this.ring.length > 0 || this.#isOver() ? true : undefined,
    );
    if (slot === true) return;
    const stop = (): void => queue.setState(slot, woken);
    signal.addEventListener("abort", stop);
    await queue.sleep(slot, new Deadline(undefined), () => this.#noticeDeath(slot));
    signal.removeEventListener("abort", stop);
    queue.enter();
    queue.free(slot);
    this.#settle(takers);
    queue.leave();
  }

  /** Tells everyone who waits to look again, as when the other side was closed. */
  wakeAll(): void {
    const { queue } = this;
    queue.enter();
    queue.each(takers, (slot) => queue.setState(slot, woken));
    queue.each(roomers, (slot) => queue.setState(slot, woken));
    queue.leave();
  }

  async #wait<R>(line: Line, deadline: Deadline, act: () => R): Promise<R | Refusal> {
    const outcome = this.#lineUp(line, deadline, act);
    if (typeof outcome !== "number") return outcome.value;
    for (;;) {
      await this.queue.sleep(outcome, deadline, () => this.#noticeDeath(outcome));
      const looked = this.#look(outcome, line, deadline, act);
      if (looked !== undefined) return looked.value;
    }
  }

  #waitSync<R>(line: Line, deadline: Deadline, act: () => R): R | Refusal {
    const outcome = this.#lineUp(line, deadline, act);
    if (typeof outcome !== "number") return outcome.value;
    for (;;) {
      this.queue.sleepSync(outcome, deadline, () => this.#noticeDeath(outcome));
      const looked = this.#look(outcome, line, deadline, act);
      if (looked !== undefined) return looked.value;
    }
  }

  #lineUp<R>(line: Line, deadline: Deadline, act: () => R): number | { readonly value: R | Refusal } {
    const { queue } = this;
    queue.enter();
    try {
      if (this.#can(line) && !this.#mustQueue(line)) return { value: act() };
      if (this.ring.length === 0 && this.#isOver()) return { value: "over" };
      if (deadline.passed) return { value: "late" };
      return queue.add(line);
    } finally {
      queue.leave();
    }
  }

  #look<R>(
    slot: number,
    line: Line,
    deadline: Deadline,
    act: () => R,
  ): { readonly value: R | Refusal } | undefined {
    const { queue } = this;
    queue.enter();
    try {
      const can = this.#can(line) && (queue.stateOf(slot) === woken || queue.first(line) === slot);
      const isOver = !can && this.#isOver();
      if (!can && !isOver && !deadline.passed) {
        queue.setMark(slot);
        queue.setState(slot, waiting);
        this.#settle(line);
        return undefined;
      }
      queue.free(slot);
      try {
        return { value: can ? act() : isOver ? "over" : "late" };
      } finally {
        this.#settle(line);
      }
    } finally {
      queue.leave();
    }
  }

  #can(line: Line): boolean {
    return line === takers ? this.ring.length > 0 : this.ring.length < this.#limit;
  }

  /** Inside: whether the first in line has been passed over once already. */
  #mustQueue(line: Line): boolean {
    const slot = this.queue.first(line);
    return slot !== 0 && this.queue.isMarked(slot);
  }

  /** Inside. */
  #push(record: RecordData, onPut: (() => void) | undefined): undefined {
    this.ring.reserve(record.bytes.length);
    onPut?.();
    this.ring.push(record);
    this.#settle(takers);
  }

  /** Inside. */
  #shift(): RecordData {
    const record = this.ring.shift();
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#settle(roomers);
    return record;
  }

  /** Inside: wakes the first in line if there is something for it. */
  #settle(line: Line): void {
    const { queue } = this;
    const slot = queue.first(line);
    if (slot !== 0 && this.#can(line) && queue.stateOf(slot) === waiting) queue.setState(slot, woken);
  }

  #noticeDeath(slot: number): void {
    const { queue } = this;
    queue.enter();
    this.#settle(takers);
    this.#settle(roomers);
    if (this.#isOver()) queue.setState(slot, woken);
    queue.leave();
  }
}

type Line = 0 | 1;
const takers: Line = 0;
const roomers: Line = 1;
