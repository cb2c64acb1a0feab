import { withoutCode } from "@concurrent-futures/callable";
import type { Results } from "../host/check-message.ts";
import type { WorkerHost } from "../host/worker-host.ts";
import type { SharedContent } from "../shared-content.ts";
import type { DetachedMessage, EndedMessage, RunExtras, RunMessage } from "../wire.ts";
import { type Batch, TaskBatch } from "./batch.ts";
import { CallProgress } from "./call-progress.ts";
import { type DetachedCall, DetachedCalls } from "./detached-calls.ts";
import { DispatchedBatch } from "./dispatched-batch.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { resultsWithoutCode } from "./results-without-code.ts";
import { SentDefinitions } from "./sent-definitions.ts";
import { SlotRing } from "./slot-ring.ts";
import type { Task } from "./task.ts";

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
  /** We have ended it ourselves: its death is not a crash. */
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
  readonly #sent: SentDefinitions = new SentDefinitions();
  readonly #takesCode: boolean;
  readonly #places: number;
  #host: WorkerHost | undefined;
  #ring: SlotRing | undefined;
  #nextBatchId = 0;
  // Nested calls that it runs itself, and those of them that run.
  #kept = 0;
  #keptRunning = 0;

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
    this.#ring = new SlotRing(host.slots, host.claims);
  }

  get slots(): SlotRing {
    return this.#ring as SlotRing;
  }

  get idle(): boolean {
    return this.dispatched.length === 0 && this.detached.size === 0 && this.#kept === 0;
  }

  /** Whether what is dispatched to it now would begin at once. */
  get hasPlace(): boolean {
    return this.dispatched.length === 0 && this.detached.active < this.#places;
  }

  /** Whether a batch may be dispatched to it that has this many before it. */
  acceptsWork(ahead: number): boolean {
    if (this.state === "retiring" || this.state === "dead" || this.dispatched.length > ahead) return false;
    // A process takes its time to start: until it is up, what waits may find another worker.
    return (this.sharesMemory || this.state === "up") && (ahead > 0 || this.hasPlace);
  }

  /** Slots that are free for the next batch. */
  get freeSlots(): number {
    return this.slots.free;
  }

  /** Dispatched calls without a result yet. */
  get unanswered(): number {
    let count = this.detached.active;
    for (const { unanswered } of this.dispatched) count += unanswered;
    return count;
  }

  /** How many dispatched calls run, and how many have not begun. */
  countStates(): { readonly running: number; readonly pending: number } {
    let running = this.detached.size + this.#keptRunning;
    let pending = this.#kept - this.#keptRunning;
    for (const dispatched of this.dispatched) {
      const states = dispatched.countStates();
      running += states.running;
      pending += states.pending;
    }
    return { running, pending };
  }

  /** It has this many nested calls of its own. */
  setKept(pending: number, running: number): void {
    this.#kept = pending + running;
    this.#keptRunning = running;
    if (this.idle) this.host.unref();
  }

  /** The single task in this place, if it is one. */
  taskOf(id: number, index: number): Task | undefined {
    const batch = this.dispatched.find((dispatched) => dispatched.id === id)?.batch;
    return batch instanceof TaskBatch ? batch.tasks[index] : undefined;
  }

  /** Dispatches a batch to the worker. Throws what structured clone throws, with nothing dispatched. */
  dispatch(batch: Batch): DispatchedBatch {
    const { slots } = this;
    const dispatched = new DispatchedBatch(this.#nextBatchId, this, batch, slots);
    slots.clear(batch.count);
    const define = this.#sent.missing(batch.functions);
    this.host.post(this.#runMessage(dispatched, define), batch.transfer);
    this.#sent.told(define);
    this.#nextBatchId++;
    slots.take(batch.count);
    this.sentCount += batch.count;
    if (this.idle) this.host.ref();
    this.dispatched.push(dispatched);
    return dispatched;
  }

  #runMessage({ id, base, batch }: DispatchedBatch, define: RunExtras["define"]): RunMessage {
    const { fn, arity, args, reportStart = false, task, carried } = batch.content;
    const eager = batch.entry === undefined || batch.entry.cost < 0;
    const forget = this.#sent.forgotten;
    const plain =
      !eager &&
      !reportStart &&
      task === undefined &&
      carried === undefined &&
      define.length === 0 &&
      forget.length === 0;
    if (plain) return [id, base, batch.count, fn, arity, args];
    return [id, base, batch.count, fn, arity, args, { define, forget, reportStart, eager, task, ...carried }];
  }

  /** A message with the results that it says are written down. @throws Error for what no worker writes */
  withWritten(message: Results): Results {
    return this.dispatched.find(({ id }) => id === message.id)?.withWritten(message) ?? message;
  }

  /** Hands the results of a message to their batch; true when the worker has become free by it. */
  settle(message: Results): boolean {
    const dispatched = this.dispatched.find(({ id }) => id === message.id);
    if (dispatched === undefined) return false;
    const results = this.#takesCode ? message : resultsWithoutCode(message);
    const { values, microseconds, end } = results;
    if (this.detached.size > 0) this.detached.checkHoles(results);
    const skipped = results.skipped && dispatched.skipped(results);
    const first = dispatched.accept(results);
    if (skipped !== undefined) dispatched.requeue(skipped);
    const wanted = dispatched.wanted(results, first);
    this.heardFrom = true;
    if (values.length > 0 && microseconds > 0) dispatched.batch.entry?.measured(microseconds / values.length);
    if (end) this.#close(dispatched);
    dispatched.deliver(results, first, wanted);
    return end && this.idle;
  }

  /** A call has left its batch: its place there is a hole, its slot is free. */
  detach({ id, index }: DetachedMessage): void {
    const dispatched = this.dispatched.find((one) => one.id === id);
    if (dispatched === undefined || index < dispatched.reported || index >= dispatched.batch.count)
      throw new Error(`The worker has detached call ${index} of batch ${id}, which it does not have`);
    dispatched.leaveHole(index);
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
    let taken = 0;
    for (let at = this.dispatched.length - 1; at >= 0 && taken < most; at--)
      taken += (this.dispatched[at] as DispatchedBatch).steal(most - taken);
    return taken;
  }

  /** Revokes one call, to be cancelled. False when it has begun. */
  revoke(dispatched: DispatchedBatch, index: number): boolean {
    return dispatched.revoke(index);
  }

  /** Whether the code of a call has begun and has not ended. */
  isRunning(dispatched: DispatchedBatch, index: number): boolean {
    return this.detached.has(dispatched.id, index) || dispatched.isRunning(index);
  }

  /** Tells a running call to stop. False when it has ended. */
  stop(dispatched: DispatchedBatch, index: number, reason: unknown): boolean {
    if (!this.isRunning(dispatched, index)) return false;
    const inBatch = this.sharesMemory && !this.detached.has(dispatched.id, index);
    if (inBatch && !dispatched.markStopping(index)) return false;
    this.host.post({ kind: "stop", id: dispatched.id, index, reason });
    return true;
  }

  /** Whether it has a batch of several calls, of which some may have returned without a message that says so. */
  get mayHoldResults(): boolean {
    return this.dispatched.some((dispatched) => dispatched.mayHoldResults);
  }

  /** Everything dispatched that has not been answered is given up. */
  abandonAll(): (readonly [DispatchedBatch, number])[] {
    const all: (readonly [DispatchedBatch, number])[] = [];
    for (const dispatched of this.dispatched) {
      for (let index = dispatched.answered; index < dispatched.batch.count; index++) {
        if (!dispatched.isRevoked(index)) all.push([dispatched, index]);
      }
    }
    for (const { dispatched, index } of this.detached.takeAll()) all.push([dispatched, index]);
    this.dispatched.length = 0;
    return all;
  }

  /** Sends a shared value; false when it has it already. Throws what structured clone throws. */
  share(content: SharedContent): boolean {
    return this.#sent.share(this.host, content, this.sharesMemory ? "thread" : "spawn");
  }

  /** Frees a shared value. */
  unshare(content: SharedContent): void {
    if (this.#sent.unshare(content) && this.state !== "dead")
      this.host.post({ kind: "unshare", id: content.id });
  }

  /** A function that will not be called again: said with the next message. */
  forget(entry: FunctionEntry): void {
    this.#sent.forget(entry);
  }

  #close(dispatched: DispatchedBatch): void {
    this.dispatched.splice(this.dispatched.indexOf(dispatched), 1);
    this.slots.release(dispatched.batch.count);
    if (this.idle) this.host.unref();
  }
}
