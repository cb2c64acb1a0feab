import { isThenable } from "@concurrent-futures/core/thenable";
import { PENDING, RETURNED_NUMBER, RUNNING } from "../slots.ts";
import type { AbandonMessage, RunMessage, StopMessage } from "../wire.ts";
import type { CarriedCall } from "../wire-nested.ts";
import { mendForNode } from "./builtins.ts";
import { withArguments } from "./call-arguments.ts";
import { CallResults } from "./call-results.ts";
import { sendEnded } from "./detached-result.ts";
import { EnteredContexts } from "./entered-contexts.ts";
import type { FunctionTable, Loaded } from "./function-table.ts";
import { KeptLoop } from "./kept-loop.ts";
import type { WorkerNestedLink } from "./nested-link.ts";
import type { OpenCalls } from "./open-calls.ts";
import { restored } from "./restored.ts";
import { ResultBuffer } from "./result-buffer.ts";
import { BatchCall, RunningBatch } from "./running-batch.ts";
import { type RunningTask, taskOf } from "./running-task.ts";
import type { Transport } from "./transport.ts";
import { UsageReport } from "./usage-report.ts";

/**
 * Results that can be read in the slots leave in a message when they have waited this many milliseconds: at half a
 * millisecond, messages cost under 3 % of a worker's time. All others leave at once, since the next call may take long.
 */
const holdResults = 0.5;

/** Looking at the clock costs as much as a tiny call: with calls under a microsecond it is looked at this seldom. */
const longestStride = 32;
// As they are when the worker starts: a task may replace them.
const { compareExchange, store } = Atomics;
const { apply } = Reflect;
const NativePromise = Promise;
const { resolve } = Promise;
const { then } = Promise.prototype;

interface LoopEvents {
  /** Whether no call may begin yet. */
  held(): boolean;
}

/**
 * Runs batch after batch, call after call: claim the slot, run, buffer the result, send. One call at a time, or as many as there
 * are places; while one holds the last place and awaits, the rest of its batch can be stolen by the pool. One that waits while
 * there is place, or waits for calls of its own, is detached: it leaves its batch, which goes on.
 */
export class RunLoop {
  /** The calls that this worker has kept for itself. */
  readonly kept: KeptLoop;
  readonly #transport: Transport;
  readonly #functions: FunctionTable;
  readonly #open: OpenCalls;
  readonly #link: WorkerNestedLink;
  readonly #events: LoopEvents;
  readonly #outcomes: CallResults;
  readonly #usage: UsageReport;
  readonly #enteredContexts: EnteredContexts = new EnteredContexts();
  // Linked, in order: no method is needed, which a task may have replaced.
  #first: RunningBatch | undefined;
  #last: RunningBatch | undefined;
  // The call that the loop is at: running, or waiting and holding its place.
  #running: RunningBatch | undefined;
  #index = -1;
  #current: BatchCall | undefined;
  #waiting = false;
  #whenDone: (() => void) | undefined;
  #stride = 1;
  constructor(
    transport: Transport,
    functions: FunctionTable,
    open: OpenCalls,
    link: WorkerNestedLink,
    events: LoopEvents,
  ) {
    this.#transport = transport;
    this.#functions = functions;
    this.#open = open;
    this.#link = link;
    this.#events = events;
    this.#outcomes = new CallResults(transport);
    this.#usage = new UsageReport(transport);
    this.kept = new KeptLoop(transport, open, link, this.#enteredContexts, {
      next: () => this.run(),
      hasPlace: () => !events.held() && open.hasPlace(this.#holdsPlace ? 1 : 0),
    });
  }

  get idle(): boolean {
    return this.#first === undefined && this.#open.size === 0 && this.#whenDone === undefined;
  }

  add(message: RunMessage): void {
    const batch = new RunningBatch(message);
    if (this.#last === undefined) this.#first = batch;
    else this.#last.next = batch;
    this.#last = batch;
    this.run();
  }

  /** Nothing more will be added: calls this when the last call has ended. */
  whenDone(done: () => void): void {
    this.#whenDone = done;
    this.run();
  }

  /** Goes on until there is nothing to do or a call has to be awaited. */
  run(): void {
    if (this.kept.run()) return;
    if (this.#waiting) this.#makeRoom();
    if (this.#waiting || this.#events.held()) return;
    for (let batch = this.#first; batch !== undefined; batch = this.#first) {
      batch.results ??= new ResultBuffer(batch, this.#transport);
      if (!this.#runBatch(batch, batch.results)) return;
      this.#usage.sendWhenDue(batch.results.send(true));
      this.#first = batch.next;
      if (this.#first === undefined) this.#last = undefined;
    }
    mendForNode();
    if (this.#link.kept.size > 0) this.kept.soon();
    else if (this.#open.size === 0) this.#whenDone?.();
  }

  /** False when it stopped in the middle, to go on when the running call has settled. */
  #runBatch(batch: RunningBatch, results: ResultBuffer): boolean {
    const { slots, claim } = this.#transport;
    const { states, numbers } = slots;
    const { count, arity, args, extras } = batch;
    const eager = extras?.eager === true;
    let untilLook = this.#stride;
    while (batch.at < count) {
      if (!this.#open.hasPlace()) return false;
      const index = batch.at++;
      const slot = batch.slotOf(index);
      const mine = claim?.(batch.base, index) ?? compareExchange(states, slot, PENDING, RUNNING) === PENDING;
      if (!mine) {
        results.skip(claim && index);
        continue;
      }
      this.#running = batch;
      this.#index = index;
      if (extras?.reportStart === true) this.#transport.send({ kind: "began", id: batch.id, index }, []);
      const first = arity === 1 ? args[index] : undefined;
      let value: unknown;
      this.#enteredContexts.leave();
      try {
        const fn = this.#functions.get(batch.functionOf(index));
        const along = extras === undefined ? undefined : batch.carriedBy(index);
        if (along !== undefined) value = this.#restored(along, fn);
        else if (this.#open.interleave) value = this.#call(fn, this.#currentCall() as BatchCall);
        else if (typeof fn === "function" && arity === 1 && (typeof first !== "object" || first === null))
          value = fn(first as never);
        else value = this.#call(fn, this.#currentCall() as BatchCall);
      } catch (error) {
        this.#leaveCall();
        this.#outcomes.threw(batch, index, error);
        continue;
      }
      if (typeof value === "number") {
        this.#leaveCall();
        numbers[slot] = value;
        store(states, slot, RETURNED_NUMBER);
        results.add(value);
      } else if (isThenable(value)) {
        this.#await(this.#currentCall() as BatchCall, value);
        if (this.#waiting) return false;
      } else {
        this.#leaveCall();
        this.#outcomes.returned(batch, index, value);
      }
      // The last one goes with the end of the batch: said apart, the worker would still count as busy.
      if (batch.at < count && (eager || --untilLook <= 0)) {
        this.#stride = results.sendWhenDue(eager ? 0 : holdResults)
          ? 1
          : Math.min(this.#stride * 2, longestStride);
        untilLook = this.#stride;
      }
    }
    return true;
  }

  /** A call with anything out of the ordinary: more arguments, packed ones, a function that is not loaded yet. */
  #call(fn: Loaded, call: BatchCall): unknown {
    const run = (loaded: (...args: never[]) => unknown, args: readonly unknown[]): unknown =>
      this.#open.run(call, loaded, args);
    return withArguments(fn, call.batch.argumentsOf(call.index), run);
  }

  /** A call within what it takes along. */
  #restored(along: CarriedCall, fn: Loaded): unknown {
    const call = this.#currentCall() as BatchCall;
    const get = (number: number): Loaded => this.#functions.get(number);
    return this.#open.run(call, () => restored(along, get, () => this.#call(fn, call)), []);
  }

  #await(call: BatchCall, value: PromiseLike<unknown>): void {
    this.#waiting = true;
    call.batch.results?.send(false);
    apply(then, apply(resolve, NativePromise, [value]), [
      (result: unknown) => this.#ended(call, result, false),
      (error: unknown) => this.#ended(call, error, true),
    ]);
    this.#makeRoom();
  }

  /** The call that waits leaves its batch, if another may run meanwhile. */
  #makeRoom(): void {
    const call = this.#currentCall() as BatchCall;
    this.#link.flush();
    // What it waits for runs here, without a word to the pool.
    if (call.waitsForOwn && this.#link.kept.size > 0) return;
    if (!this.#open.hasPlace(call.waitsForOwn ? 0 : 1)) return;
    this.#detach(call);
  }

  #detach(call: BatchCall): void {
    const { id, results } = call.batch;
    this.#link.flush();
    this.#open.add(call);
    // Its slot belongs to the pool from now on.
    taskOf(call, this.#transport).detach();
    this.#transport.send({ kind: "detached", id, index: call.index }, []);
    results?.skip(undefined);
    this.#running = undefined;
    this.#current = undefined;
    this.#waiting = false;
  }

  /** A call that was awaited has ended. */
  #ended(call: BatchCall, outcome: unknown, failed: boolean): void {
    if (call.over) return;
    const { batch, index } = call;
    if (call.beside) this.#end(call, outcome, failed);
    else {
      this.#leaveCall();
      this.#outcomes[failed ? "threw" : "returned"](batch, index, outcome);
      this.#waiting = false;
      if (batch.at < batch.count) batch.results?.sendWhenDue(holdResults);
    }
    this.run();
  }

  /** Its outcome is settled elsewhere; what is left of it runs on, and nobody waits for it. */
  abandon({ id, index }: AbandonMessage): void {
    if (this.#waiting && this.#isAt(id, index)) this.#detach(this.#currentCall() as BatchCall);
    const call = this.#open.get(id, index);
    if (call === undefined) return;
    this.#link.abandoned(call);
    this.#end(call, undefined, false);
    this.run();
  }

  /** A detached call is over. */
  #end(call: BatchCall, outcome: unknown, failed: boolean): void {
    this.#open.delete(call);
    this.#over(call);
    sendEnded(this.#transport, call, outcome, failed);
  }

  /** The code of the call that the loop is at has ended. */
  #leaveCall(): void {
    this.#running = undefined;
    if (this.#current === undefined) return;
    this.#over(this.#current);
    this.#current = undefined;
  }

  #over(call: BatchCall): void {
    call.over = true;
    if (!this.#open.interleave) return;
    this.#link.kept.measured(call.ref, call.microseconds);
    this.#link.flush();
    this.#link.report(true);
  }

  stop({ id, index, reason }: StopMessage): void {
    const call = this.#isAt(id, index) ? this.#currentCall() : this.#open.get(id, index);
    if (call !== undefined) taskOf(call, this.#transport).stop(reason);
  }

  currentTask(): RunningTask | undefined {
    const call = this.#open.interleave ? this.#open.current() : this.#currentCall();
    return call && taskOf(call, this.#transport);
  }

  /** Whether the call that the loop is at waits for something else than calls of its own. */
  get #holdsPlace(): boolean {
    return this.#waiting && this.#currentCall()?.waitsForOwn !== true;
  }

  #isAt(id: number, index: number): boolean {
    return this.#running?.id === id && this.#index === index;
  }

  #currentCall(): BatchCall | undefined {
    if (this.#running === undefined) return undefined;
    this.#current ??= new BatchCall(this.#running, this.#index, this.#functions);
    return this.#current;
  }
}
