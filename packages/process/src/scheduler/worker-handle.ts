import { type PackedError, withoutCode } from "@concurrent-futures/callable";
import type { Results } from "../host/check-message.ts";
import type { WorkerHost } from "../host/worker-host.ts";
import type { SharedContent } from "../shared-content.ts";
import { PENDING, REVOKED, RUNNING, STOPPING, slotCount, slotMask } from "../slots.ts";
import type { DetachedMessage, EndedMessage } from "../wire.ts";
import { type Batch, TaskBatch } from "./batch.ts";
import { CallProgress } from "./call-progress.ts";
import { type DetachedCall, DetachedCalls } from "./detached-calls.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { resultsWithoutCode } from "./results-without-code.ts";
import type { Task } from "./task.ts";

/** A batch that a worker has. */
export interface DispatchedBatch {
  readonly id: number;
  readonly handle: WorkerHandle;
  readonly base: number;
  readonly batch: Batch;
  /** Calls below this index have been answered. */
  answered: number;
  /** Results below this index have come in messages. */
  reported: number;
  /** Some of its calls have been stolen or cancelled. */
  hasHoles: boolean;
}

/** Where a worker stands. */
export type WorkerState = "starting" | "up" | "retiring" | "dead";

/** One worker as the scheduler sees it: its host, and the batches dispatched to it. */
export class WorkerHandle {
  readonly workerId: number;
  readonly sharesMemory: boolean;
  readonly dispatched: DispatchedBatch[] = [];
  /** Calls that have left their batches. */
  readonly detached: DetachedCalls = new DetachedCalls();
  readonly progress: CallProgress = new CallProgress();
  state: WorkerState = "starting";
  /** We have ended it ourselves: its death is no crash. */
  exitExpected = false;
  /** The name of the initializer, while it runs. */
  initializing: string | undefined = undefined;
  /** Whether its initializer is over: no call of its own may say that it failed. */
  initialized = false;
  /** Calls that were ever dispatched to it, for `maxTasksPerChild`. */
  sentCount = 0;
  /** Whether results have come since this was last set to false. */
  heardFrom = false;
  /** Ends it, when it has had nothing to do or has been leaving for too long. */
  stopTimer: (() => void) | undefined = undefined;
  #host: WorkerHost | undefined;
  #nextSlot = 0;
  #nextBatchId = 0;
  #used = 0;
  readonly #known: Set<number> = new Set();
  #forget: number[] = [];
  readonly #shared: Set<SharedContent> = new Set();

  readonly #takesCode: boolean;

  readonly #places: number;

  /** @param places - how many calls may be under way in it at a time. */
  constructor(workerId: number, sharesMemory: boolean, takesCode: boolean, places: number) {
    this.#takesCode = takesCode;
    this.#places = places;
    this.workerId = workerId;
    this.sharesMemory = sharesMemory;
  }

  get host(): WorkerHost {
    return this.#host as WorkerHost;
  }

  /** Given once: a host needs the handle for its events, so the handle is made first. */
  attach(host: WorkerHost): void {
    this.#host = host;
  }

  get #states(): Int32Array {
    return this.host.slots.states;
  }

  get idle(): boolean {
    return this.dispatched.length === 0 && this.detached.size === 0;
  }

  /** Whether what is dispatched to it now would begin at once. */
  get hasPlace(): boolean {
    return this.dispatched.length === 0 && this.detached.active < this.#places;
  }

  /** Whether a batch may be dispatched to it that has this many before it. */
  acceptsWork(ahead: number): boolean {
    if (this.state === "retiring" || this.state === "dead" || this.dispatched.length > ahead) return false;
    if (this.sharesMemory) return ahead > 0 || this.hasPlace;
    // Without shared memory nothing can be stolen, so nothing is sent before it can begin.
    return this.state === "up" && this.dispatched.length + this.detached.active < this.#places;
  }

  /** Slots that are free for the next batch. */
  get freeSlots(): number {
    return slotCount - this.#used;
  }

  /** Dispatched calls without a result yet. */
  get unanswered(): number {
    let count = this.detached.active;
    for (const { batch, answered } of this.dispatched) count += batch.count - answered;
    return count;
  }

  /** How many dispatched calls run, and how many have not begun. */
  countStates(): { readonly running: number; readonly pending: number } {
    let running = this.detached.size;
    let pending = 0;
    for (const dispatched of this.dispatched) {
      for (let index = dispatched.answered; index < dispatched.batch.count; index++) {
        if (this.isRunning(dispatched, index)) running++;
        else if (this.#states[(dispatched.base + index) & slotMask] === PENDING) pending++;
      }
    }
    return { running, pending };
  }

  /** The single task in this place, if it is one. */
  taskOf(id: number, index: number): Task | undefined {
    const batch = this.dispatched.find((dispatched) => dispatched.id === id)?.batch;
    return batch instanceof TaskBatch ? batch.tasks[index] : undefined;
  }

  /** Dispatches a batch to the worker. Throws what structured clone throws, with nothing dispatched. */
  dispatch(batch: Batch): DispatchedBatch {
    const dispatched: DispatchedBatch = {
      id: this.#nextBatchId,
      handle: this,
      base: this.#nextSlot,
      batch,
      answered: 0,
      reported: 0,
      hasHoles: false,
    };
    const slots = this.#states;
    const after = dispatched.base + batch.count;
    slots.fill(PENDING, dispatched.base, after);
    if (after > slotCount) slots.fill(PENDING, 0, after & slotMask);
    const define: (readonly [number, FunctionEntry["ref"]])[] = [];
    for (const entry of batch.functions)
      if (!this.#known.has(entry.number)) define.push([entry.number, entry.ref]);
    const { fn, arity, args, reportStart = false, task, carried } = batch.content;
    const eager = batch.entry === undefined || batch.entry.cost < 0;
    const extras =
      eager ||
      reportStart ||
      task !== undefined ||
      carried !== undefined ||
      define.length > 0 ||
      this.#forget.length > 0
        ? { define, forget: this.#forget, reportStart, eager, task, ...carried }
        : undefined;
    const { id, base } = dispatched;
    this.host.post(
      extras === undefined
        ? [id, base, batch.count, fn, arity, args]
        : [id, base, batch.count, fn, arity, args, extras],
      batch.transfer,
    );
    for (const [number] of define) this.#known.add(number);
    this.#forget = [];
    this.#nextBatchId++;
    this.#nextSlot = (dispatched.base + batch.count) & slotMask;
    this.#used += batch.count;
    this.sentCount += batch.count;
    if (this.idle) this.host.ref();
    this.dispatched.push(dispatched);
    return dispatched;
  }

  /** Hands the results of a message to their batch; true when the worker has become free by it. */
  settle(message: Results): boolean {
    const { id, from, microseconds, end } = message;
    const dispatched = this.dispatched.find((one) => one.id === id);
    if (dispatched === undefined) return false;
    const { batch, base, hasHoles } = dispatched;
    const { values, failures } = this.#takesCode ? message : resultsWithoutCode(message);
    // One after the other, and all of them before the end: a call that was left out would wait without end.
    const to = from + values.length;
    if (from !== dispatched.reported || to > batch.count || (end && to < batch.count)) {
      throw new Error(
        `The worker has sent results ${from} to ${to}${end ? ", the last," : ""} of a batch of ${batch.count}`,
      );
    }
    dispatched.reported = to;
    this.progress.endedBelow(id, to, this.detached);
    const failed: Map<number, PackedError> | undefined =
      failures === undefined ? undefined : new Map(failures);
    // Some of them may have been read in their slots already.
    const first = Math.max(0, dispatched.answered - from);
    const wanted = (index: number): boolean =>
      !hasHoles || this.#states[(base + index) & slotMask] !== REVOKED;
    const indexes: number[] | undefined =
      failed === undefined && !hasHoles && values instanceof Float64Array ? undefined : [];
    if (indexes !== undefined)
      for (let at = first; at < values.length; at++) if (wanted(from + at)) indexes.push(from + at);
    // All this before anything is told: a callback may submit and wait for more.
    dispatched.answered = Math.max(dispatched.answered, to);
    this.heardFrom = true;
    if (values.length > 0 && microseconds > 0) batch.entry?.measured(microseconds / values.length);
    if (end) this.#close(dispatched);
    // Numbers, none of them stolen: by far the most common of short calls.
    if (indexes === undefined) batch.succeedRange(from + first, first === 0 ? values : values.slice(first));
    else
      for (const index of indexes) {
        const failure = failed?.get(index);
        if (failure === undefined) batch.succeed(index, values[index - from]);
        else batch.reject(index, failure);
      }
    batch.resultsDelivered();
    return end && this.idle;
  }

  /** A call has left its batch: its place there is a hole, its slot is free. */
  detach({ id, index }: DetachedMessage): void {
    const dispatched = this.dispatched.find((one) => one.id === id);
    if (dispatched === undefined || index < dispatched.reported || index >= dispatched.batch.count)
      throw new Error(`The worker has detached call ${index} of batch ${id}, which it does not have`);
    dispatched.hasHoles = true;
    Atomics.store(this.#states, (dispatched.base + index) & slotMask, REVOKED);
    this.detached.add(dispatched, index);
  }

  /** Leaves a call that does not stop to itself, for the sake of others under way. False when there are none. */
  abandon({ id }: DispatchedBatch, index: number): boolean {
    const others = this.detached.size + this.dispatched.length - 1;
    if (others === 0) return false;
    // It takes nothing more, and leaves when the others have ended.
    if (this.state !== "dead") this.state = "retiring";
    this.host.post({ kind: "abandon", id, index });
    return true;
  }

  /** A detached call has ended. */
  end({ id, index, value, failure }: EndedMessage): DetachedCall | undefined {
    const call = this.detached.take(id, index);
    if (call === undefined) return undefined;
    this.progress.ended({ id, index });
    this.heardFrom = true;
    if (this.idle) this.host.unref();
    const { batch } = call.dispatched;
    const [result, error] = this.#takesCode
      ? [value, failure]
      : [withoutCode(value), failure && { kind: failure.kind, value: withoutCode(failure.value) }];
    if (error === undefined) batch.succeed(index, result);
    else batch.reject(index, error);
    batch.resultsDelivered();
    return call;
  }

  /** Steals back up to `most` calls that have not begun, from the end; they are in the queue again. */
  steal(most: number): number {
    if (!this.sharesMemory) return 0;
    let taken = 0;
    for (let at = this.dispatched.length - 1; at >= 0 && taken < most; at--) {
      const dispatched = this.dispatched[at] as DispatchedBatch;
      // What takes something along that exists only once cannot be sent again.
      if (dispatched.batch.transfer.length > 0) continue;
      const indexes: number[] = [];
      for (let index = dispatched.batch.count - 1; index >= dispatched.answered && taken < most; index--) {
        const slot = (dispatched.base + index) & slotMask;
        const seen = Atomics.compareExchange(this.#states, slot, PENDING, REVOKED);
        if (seen === REVOKED) continue;
        if (seen !== PENDING) break;
        indexes.unshift(index);
        taken++;
      }
      if (indexes.length === 0) continue;
      dispatched.hasHoles = true;
      dispatched.batch.requeue(indexes);
    }
    return taken;
  }

  /** Revokes one call, to be cancelled. False when it has begun. */
  revoke(dispatched: DispatchedBatch, index: number): boolean {
    if (!this.sharesMemory) return false;
    const slot = (dispatched.base + index) & slotMask;
    if (Atomics.compareExchange(this.#states, slot, PENDING, REVOKED) !== PENDING) return false;
    dispatched.hasHoles = true;
    return true;
  }

  /** Whether the code of a call has begun and has not ended. */
  isRunning({ id, base, answered }: DispatchedBatch, index: number): boolean {
    if (this.detached.has(id, index)) return true;
    const state = Atomics.load(this.#states, (base + index) & slotMask);
    // A worker without shared memory has one call at a time, and claims it by receiving it.
    return (
      state === RUNNING ||
      state === STOPPING ||
      (!this.sharesMemory && state === PENDING && index === answered)
    );
  }

  /** Tells a running call to stop. False when it has ended. */
  stop(dispatched: DispatchedBatch, index: number, reason: unknown): boolean {
    const slot = (dispatched.base + index) & slotMask;
    if (!this.isRunning(dispatched, index)) return false;
    const isDetached = this.detached.has(dispatched.id, index);
    if (
      !isDetached &&
      this.sharesMemory &&
      Atomics.compareExchange(this.#states, slot, RUNNING, STOPPING) !== RUNNING
    ) {
      return Atomics.load(this.#states, slot) === STOPPING;
    }
    this.host.post({ kind: "stop", id: dispatched.id, index, reason });
    return true;
  }

  /** Whether it has a batch of several calls, of which some may have returned without a message that says so. */
  get mayHoldResults(): boolean {
    return this.dispatched.some(({ batch, answered }) => batch.count > 1 && answered < batch.count);
  }

  /** Everything dispatched that has not been answered is given up. */
  abandonAll(): (readonly [DispatchedBatch, number])[] {
    const all: (readonly [DispatchedBatch, number])[] = [];
    for (const dispatched of this.dispatched) {
      for (let index = dispatched.answered; index < dispatched.batch.count; index++) {
        if (this.#states[(dispatched.base + index) & slotMask] !== REVOKED) all.push([dispatched, index]);
      }
    }
    for (const { dispatched, index } of this.detached.takeAll()) all.push([dispatched, index]);
    this.dispatched.length = 0;
    return all;
  }

  /** Sends a shared value; false when it has it already. Throws what structured clone throws. */
  share(content: SharedContent): boolean {
    if (this.#shared.has(content)) return false;
    const value = content.packed(this.sharesMemory ? "thread" : "spawn");
    this.host.post({ kind: "share", id: content.id, value });
    this.#shared.add(content);
    return true;
  }

  /** Frees a shared value. */
  unshare(content: SharedContent): void {
    if (this.#shared.delete(content) && this.state !== "dead")
      this.host.post({ kind: "unshare", id: content.id });
  }

  /** A function that will not be called again: said with the next message. */
  forget(entry: FunctionEntry): void {
    if (this.#known.delete(entry.number)) this.#forget.push(entry.number);
  }

  #close(dispatched: DispatchedBatch): void {
    this.dispatched.splice(this.dispatched.indexOf(dispatched), 1);
    this.#used -= dispatched.batch.count;
    if (this.idle) this.host.unref();
  }
}
