import { load, pack, packError, unpack } from "@concurrent-futures/callable/load";
import { provideCurrentTask } from "@concurrent-futures/core/current-task";
import { isThenable } from "@concurrent-futures/core/thenable";
import { provideNestedLink } from "../nested-link.ts";
import { PENDING, RETURNED_NUMBER, RUNNING, returnedState, SENDING, SENT, slotMask } from "../slots.ts";
import type { AbandonMessage, CarriedCall, EndMessage, InitMessage, StopMessage, ToWorker } from "../wire.ts";
import { withArguments } from "./call-arguments.ts";
import { sendEnded } from "./detached-result.ts";
import { EnteredContexts } from "./entered-contexts.ts";
import { FunctionTable, type Loaded } from "./function-table.ts";
import { leave } from "./leave.ts";
import { WorkerNestedLink } from "./nested-link.ts";
import { OpenCall, type RunningBatch } from "./open-call.ts";
import { OpenCalls } from "./open-calls.ts";
import { restored } from "./restored.ts";
import { ResultBuffer } from "./result-buffer.ts";
import { RunningTask } from "./running-task.ts";
import { SharedArrivals } from "./shared-arrivals.ts";
import type { Transport } from "./transport.ts";

/**
 * Results that can be read in the slots leave in a message when they have waited this many milliseconds: at half a
 * millisecond, messages cost under 3 % of a worker's time. All others leave at once, since the next call may take long.
 */
const holdResults = 0.5;

/** Looking at the clock costs as much as a tiny call: with calls under a microsecond it is looked at this seldom. */
const longestStride = 32;

/**
 * Runs batch after batch, call after call: claim the slot, run, buffer the result, send. One call at a time, or as many as there
 * are places; while one holds the last place and awaits, the rest of its batch can be stolen by the pool. One that waits while
 * there is place, or waits for calls of its own, is detached: it leaves its batch, which goes on.
 */
export class RunLoop {
  readonly #transport: Transport;
  readonly #functions: FunctionTable = new FunctionTable(load);
  readonly #enteredContexts: EnteredContexts = new EnteredContexts();
  readonly #shared: SharedArrivals = new SharedArrivals(() => this.#run());
  readonly #batches: RunningBatch[] = [];
  readonly #open: OpenCalls = new OpenCalls();
  readonly #link: WorkerNestedLink;
  // The call that the loop is at: running, or waiting and holding its place.
  #running: RunningBatch | undefined;
  #index = -1;
  #current: OpenCall | undefined;
  #waiting = false;
  #initializing = false;
  #ending: EndMessage | undefined;
  #stride = 1;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#link = new WorkerNestedLink(transport, this.#open, {
      waits: () => queueMicrotask(() => this.#run()),
      initializing: () => this.#initializing,
    });
    provideNestedLink(this.#link);
    transport.send({ kind: "up" }, []);
    provideCurrentTask(() => this.#currentTask());
  }

  /** Whether all that it has received is done. */
  get idle(): boolean {
    return (
      this.#batches.length === 0 &&
      this.#open.size === 0 &&
      this.#link.unanswered === 0 &&
      !this.#initializing &&
      this.#ending === undefined
    );
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case "run":
        if (message.extras !== undefined)
          this.#functions.define(message.extras.define, message.extras.forget);
        this.#batches.push({ message, results: undefined, at: 0 });
        this.#run();
        break;
      case "share":
        this.#shared.add(message);
        break;
      case "unshare":
        this.#shared.delete(message.id);
        break;
      case "init":
        void this.#initialize(message);
        break;
      case "stop":
        this.#stop(message);
        break;
      case "abandon":
        this.#abandon(message);
        break;
      case "nested-outcomes":
        this.#link.answered(message.outcomes);
        break;
      case "places":
        this.#open.places = message.count;
        this.#open.beginToInterleave();
        break;
      case "end":
        this.#ending = message;
        this.#run();
        break;
    }
  }

  async #initialize(message: InitMessage): Promise<void> {
    this.#initializing = true;
    try {
      const fn = await load(message.ref);
      const args = await Promise.all(message.args.map((value) => unpack(value)));
      await fn(...(args as never[]));
    } catch (error) {
      this.#transport.send({ kind: "init-failed", error: packError(error) }, []);
      return;
    }
    this.#initializing = false;
    this.#transport.send({ kind: "initialized" }, []);
    this.#run();
  }

  /** Goes on until there is nothing to do or a call has to be awaited. */
  #run(): void {
    if (this.#waiting) this.#makeRoom();
    if (this.#initializing || this.#waiting || this.#shared.unfinished) return;
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      batch.results ??= new ResultBuffer(batch.message, this.#transport);
      if (!this.#runBatch(batch, batch.results)) return;
      batch.results.send(true);
      this.#batches.shift();
    }
    if (this.#ending !== undefined && this.#open.size === 0)
      void leave(this.#transport, this.#ending.finalizer);
  }

  /** False when it stopped in the middle, to go on when the running call has settled. */
  #runBatch(batch: RunningBatch, results: ResultBuffer): boolean {
    const { message } = batch;
    const { slots, sharesMemory } = this.#transport;
    const { states, numbers } = slots;
    const { base, count, arity, args, extras } = message;
    const eager = extras?.eager === true;
    const carried = extras?.carried;
    const carriedEach = extras?.carriedEach;
    let untilLook = this.#stride;
    while (batch.at < count) {
      if (!this.#open.hasPlace()) return false;
      const index = batch.at++;
      const slot = (base + index) & slotMask;
      if (!sharesMemory) {
        states[slot] = RUNNING;
        this.#transport.claim?.(message.id, base, index);
      } else if (Atomics.compareExchange(states, slot, PENDING, RUNNING) !== PENDING) {
        results.skip();
        continue;
      }
      this.#running = batch;
      this.#index = index;
      if (extras?.reportStart === true) this.#transport.send({ kind: "began", id: message.id, index }, []);
      const first = arity === 1 ? args[index] : undefined;
      let value: unknown;
      this.#enteredContexts.leave();
      try {
        const fn = this.#functions.get(
          typeof message.fn === "number" ? message.fn : (message.fn[index] as number),
        );
        const along = carried ?? carriedEach?.[index];
        if (along !== undefined) value = this.#restored(along, fn);
        else if (this.#open.interleave) value = this.#call(fn, this.#currentCall() as OpenCall);
        else if (typeof fn === "function" && arity === 1 && (typeof first !== "object" || first === null))
          value = fn(first as never);
        else value = this.#call(fn, this.#currentCall() as OpenCall);
      } catch (error) {
        this.#fail(batch, index, slot, error);
        continue;
      }
      if (typeof value === "number") {
        numbers[slot] = value;
        this.#finish(slot, RETURNED_NUMBER);
        results.add(value);
      } else if (isThenable(value)) {
        this.#await(this.#currentCall() as OpenCall, value);
        if (this.#waiting) return false;
      } else this.#succeed(batch, index, slot, value);
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
  #call(fn: Loaded, call: OpenCall): unknown {
    const run = (loaded: (...args: never[]) => unknown, args: readonly unknown[]): unknown =>
      this.#open.run(call, loaded, args);
    return withArguments(fn, call.batch.message, call.index, run);
  }

  /** A call within what it takes along. */
  #restored(along: CarriedCall, fn: Loaded): unknown {
    const call = this.#currentCall() as OpenCall;
    return this.#open.run(call, () => restored(along, this.#functions, () => this.#call(fn, call)), []);
  }

  #await(call: OpenCall, value: PromiseLike<unknown>): void {
    this.#waiting = true;
    call.batch.results?.send(false);
    Promise.resolve(value).then(
      (result) => this.#ended(call, () => this.#succeed(call.batch, call.index, call.slot, result), result),
      (error: unknown) =>
        this.#ended(call, () => this.#fail(call.batch, call.index, call.slot, error), error, true),
    );
    this.#makeRoom();
  }

  /** The call that waits leaves its batch, if another may run meanwhile. */
  #makeRoom(): void {
    const call = this.#currentCall() as OpenCall;
    if (!this.#open.hasPlace(call.waitsForOwn ? 0 : 1)) return;
    this.#detach(call);
  }

  #detach(call: OpenCall): void {
    const { message, results } = call.batch;
    this.#link.flush();
    this.#open.add(call);
    // Its slot belongs to the pool from now on.
    this.#taskOf(call).detach();
    this.#transport.send({ kind: "detached", id: message.id, index: call.index }, []);
    results?.skip();
    this.#running = undefined;
    this.#current = undefined;
    this.#waiting = false;
  }

  #ended(call: OpenCall, settle: () => void, outcome: unknown, failed = false): void {
    if (call.over) return;
    if (call.detached) {
      this.#open.delete(call);
      call.over = true;
      this.#link.flush();
      sendEnded(this.#transport, call, outcome, failed);
    } else {
      settle();
      this.#waiting = false;
      if (call.batch.at < call.batch.message.count) call.batch.results?.sendWhenDue(holdResults);
    }
    this.#run();
  }

  /** Its outcome is settled elsewhere; what is left of it runs on, and nobody waits for it. */
  #abandon({ id, index }: AbandonMessage): void {
    if (this.#waiting && this.#running?.message.id === id && this.#index === index)
      this.#detach(this.#currentCall() as OpenCall);
    const call = this.#open.get(id, index);
    if (call === undefined) return;
    this.#open.delete(call);
    call.over = true;
    sendEnded(this.#transport, call, undefined, false);
    this.#run();
  }

  #succeed(batch: RunningBatch, index: number, slot: number, value: unknown): void {
    const state = returnedState(value);
    if (state !== undefined) {
      if (typeof value === "number") this.#transport.slots.numbers[slot] = value;
      this.#finish(slot, state);
      batch.results?.add(value);
      return;
    }
    this.#finish(slot, SENDING);
    this.#claim(batch, index);
    const transfer: object[] = [];
    let packed: unknown;
    try {
      packed = pack(value, transfer, this.#transport.sharesMemory ? "thread" : "spawn", "the result");
    } catch (error) {
      this.#fail(batch, index, slot, error);
      return;
    }
    batch.results?.addPacked(packed, transfer);
    this.#sent(batch, slot);
  }

  #fail(batch: RunningBatch, index: number, slot: number, error: unknown): void {
    this.#finish(slot, SENDING);
    this.#claim(batch, index);
    batch.results?.addFailure(index, packError(error));
    this.#sent(batch, slot);
  }

  /** A result that is nowhere but here leaves now; that of a batch's last call goes with the end of the batch. */
  #sent(batch: RunningBatch, slot: number): void {
    if (batch.at === batch.message.count) return;
    batch.results?.send(false);
    Atomics.store(this.#transport.slots.states, slot, SENT);
  }

  #claim({ message }: RunningBatch, index: number): void {
    this.#transport.claim?.(message.id, message.base, index);
  }

  #finish(slot: number, state: number): void {
    this.#running = undefined;
    if (this.#current !== undefined) {
      this.#current.over = true;
      this.#current = undefined;
      this.#link.flush();
    }
    Atomics.store(this.#transport.slots.states, slot, state);
  }

  #stop({ id, index, reason }: StopMessage): void {
    const isHere = this.#running?.message.id === id && this.#index === index;
    const call = isHere ? this.#currentCall() : this.#open.get(id, index);
    if (call !== undefined) this.#taskOf(call).stop(reason);
  }

  #currentTask(): RunningTask | undefined {
    const call = this.#open.interleave ? this.#open.current() : this.#currentCall();
    return call && this.#taskOf(call);
  }

  #currentCall(): OpenCall | undefined {
    if (this.#running === undefined) return undefined;
    const slot = (this.#running.message.base + this.#index) & slotMask;
    this.#current ??= new OpenCall(this.#running, this.#index, slot);
    return this.#current;
  }

  #taskOf(call: OpenCall): RunningTask {
    const { message } = call.batch;
    const number = typeof message.fn === "number" ? message.fn : (message.fn[call.index] as number);
    call.task ??= new RunningTask(
      this.#functions.nameOf(number),
      message.extras?.task,
      this.#transport.workerId,
      this.#transport.slots.states,
      call.slot,
      (share) => this.#transport.send({ kind: "progress", id: message.id, index: call.index, share }, []),
    );
    return call.task;
  }
}
