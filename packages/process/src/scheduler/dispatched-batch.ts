import type { PackedError } from "@concurrent-futures/callable";
import type { Results } from "../host/check-message.ts";
import { WrittenResults } from "../results/written-results.ts";
import { isWritten, PENDING, REVOKED, RUNNING, returnedValue, STOPPING, slotMask } from "../slots.ts";
import type { Batch } from "./batch.ts";
import type { SlotRing } from "./slot-ring.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A batch that a worker has: which of its calls have been answered, and which can be taken back. */
export class DispatchedBatch {
  readonly id: number;
  readonly handle: WorkerHandle;
  readonly batch: Batch;
  readonly base: number;
  readonly #slots: SlotRing;
  #written: WrittenResults | undefined;
  /** Calls below this index have been answered. */
  answered = 0;
  /** Results below this index have come in messages. */
  reported = 0;
  /** Some of its calls have been stolen or cancelled. */
  hasHoles = false;

  constructor(id: number, handle: WorkerHandle, batch: Batch, slots: SlotRing) {
    this.id = id;
    this.handle = handle;
    this.batch = batch;
    this.base = slots.next;
    this.#slots = slots;
  }

  /** Calls without a result yet. */
  get unanswered(): number {
    return this.batch.count - this.answered;
  }

  /** Whether it has several calls, of which some may have returned without a message that says so. */
  get mayHoldResults(): boolean {
    return this.batch.count > 1 && this.unanswered > 0;
  }

  /** Whether the code of a call that has not left it has begun and has not ended. */
  isRunning(index: number): boolean {
    // The one after it tells whether it has ended.
    this.#slots.look(this, index, Math.min(index + 2, this.batch.count));
    const state = this.#slots.state(this, index);
    return state === RUNNING || state === STOPPING;
  }

  /** How many of its calls run, and how many have not begun. */
  countStates(): { readonly running: number; readonly pending: number } {
    let running = 0;
    let pending = 0;
    this.#slots.look(this, this.answered, this.batch.count);
    for (let index = this.answered; index < this.batch.count; index++) {
      const state = this.#slots.state(this, index);
      if (state === RUNNING || state === STOPPING) running++;
      else if (state === PENDING) pending++;
    }
    return { running, pending };
  }

  isRevoked(index: number): boolean {
    return this.hasHoles && this.#slots.state(this, index) === REVOKED;
  }

  /** What a call has returned, as its slot says. @throws Error when what is written down cannot be read */
  returned(index: number): unknown {
    const slot = (this.base + index) & slotMask;
    const { slots, results } = this.handle.host;
    const state = slots.states[slot] as number;
    const number = slots.numbers[slot] as number;
    if (!isWritten(state)) return returnedValue(state, number);
    this.#written ??= new WrittenResults(results, this.id);
    return this.#written.read(slot, state, number);
  }

  /** A message with the results that it says are written down. @throws Error for what no worker writes */
  withWritten(results: Results): Results {
    const { from, written } = results;
    // Some may have been read in their slots already.
    const first = Math.max(from, this.answered);
    const to = Math.min(from + results.values.length, this.batch.count);
    if (!written || first >= to) return results;
    const values = [...results.values];
    this.#slots.lookAtEnded(this, first, to);
    for (let index = first; index < to; index++)
      if (isWritten(this.#slots.state(this, index))) values[index - from] = this.returned(index);
    return { ...results, values };
  }

  /**
   * Takes note of what a message says before anything of it is told: a callback may submit and wait for more. Gives the first result
   * that is new; some may have been read in their slots already.
   *
   * @throws Error for results that do not follow those before: a call that was left out would wait without end
   */
  accept({ id, from, values, end }: Results): number {
    const to = from + values.length;
    if (from !== this.reported || to > this.batch.count || (end && to < this.batch.count)) {
      throw new Error(
        `The worker has sent results ${from} to ${to}${end ? ", the last," : ""} of a batch of ${this.batch.count}`,
      );
    }
    this.reported = to;
    this.handle.progress.endedBelow(id, to, this.handle.detached);
    const first = Math.max(0, this.answered - from);
    this.answered = Math.max(this.answered, to);
    return first;
  }

  /**
   * The calls that the worker has skipped and that the pool has not taken: nobody has them.
   *
   * @throws Error for calls that the pool never asked for; nothing has changed then
   */
  skipped({ from, values, skipped = [] }: Results): readonly number[] {
    return skipped.filter((index) => {
      if (index < from || index >= from + values.length) throw this.#notSkipped(index);
      if (this.isRevoked(index)) return false;
      if (!this.#slots.maySkip(this, index)) throw this.#notSkipped(index);
      return true;
    });
  }

  /** Queues calls again that the worker will not run. */
  requeue(indexes: readonly number[]): void {
    for (const index of indexes) this.leaveHole(index);
    this.batch.requeue(indexes);
  }

  #notSkipped(index: number): Error {
    return new Error(
      `The worker has sent that it skipped call ${index} of batch ${this.id}, which it was not asked for`,
    );
  }

  /** The places in a message whose calls still want their results; undefined when that is all, and all are plain data. */
  wanted({ from, values, failures, plain }: Results, first: number): readonly number[] | undefined {
    if (failures === undefined && !this.hasHoles && plain) return undefined;
    const places: number[] = [];
    for (let at = first; at < values.length; at++) if (!this.isRevoked(from + at)) places.push(at);
    return places;
  }

  /** Hands the results of a message to their calls. */
  deliver({ from, values, failures }: Results, first: number, places: readonly number[] | undefined): void {
    const { batch } = this;
    // Plain data, none of it stolen: by far the most common of short calls.
    if (places === undefined) batch.succeedRange(from + first, first === 0 ? values : values.slice(first));
    else {
      const failed: ReadonlyMap<number, PackedError> | undefined = failures && new Map(failures);
      for (const at of places) {
        const failure = failed?.get(from + at);
        if (failure === undefined) batch.succeed(from + at, values[at]);
        else batch.reject(from + at, failure);
      }
    }
    batch.resultsDelivered();
  }

  /** Steals back up to `most` calls that have not begun, from the end; they are in the queue again. */
  steal(most: number): number {
    // What takes something along that exists only once cannot be sent again.
    if (this.batch.transfer.length > 0) return 0;
    const indexes = this.#slots.revoke(this, this.answered, this.batch.count, most);
    if (indexes.length === 0) return 0;
    this.hasHoles = true;
    this.batch.requeue(indexes);
    return indexes.length;
  }

  /** Revokes one call, to be cancelled. False when it has begun. */
  revoke(index: number): boolean {
    if (this.#slots.revoke(this, index, index + 1, 1).length === 0) return false;
    this.hasHoles = true;
    return true;
  }

  /** A call has left it. */
  leaveHole(index: number): void {
    this.hasHoles = true;
    this.#slots.leaveHole(this, index);
  }

  /** Marks a running call as one that shall stop. False when it has ended. */
  markStopping(index: number): boolean {
    return this.#slots.markStopping(this, index);
  }
}
