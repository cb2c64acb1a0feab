import { load, pack, packError, unpack } from "@concurrent-futures/callable/load";
import { provideCurrentTask } from "@concurrent-futures/core/current-task";
import { isThenable } from "@concurrent-futures/core/thenable";
import { PENDING, RETURNED_NUMBER, RUNNING, returnedState, SENDING, SENT, slotMask } from "../slots.ts";
import type { EndMessage, InitMessage, RunMessage, StopMessage, ToWorker } from "../wire.ts";
import { EnteredContexts } from "./entered-contexts.ts";
import { FunctionTable, type Loaded } from "./function-table.ts";
import { leave } from "./leave.ts";
import { restored } from "./restored.ts";
import { ResultBuffer } from "./result-buffer.ts";
import { RunningTask } from "./running-task.ts";
import { SharedArrivals } from "./shared-arrivals.ts";
import type { Transport } from "./transport.ts";

/** A batch on its way through this worker. */
interface RunningBatch {
  readonly message: RunMessage;
  /** Made when the batch's turn comes: it measures the time from there. */
  results: ResultBuffer | undefined;
  /** The next call to look at. */
  at: number;
}

/**
 * Results that can be read in the slots leave in a message when they have waited this many milliseconds: at half a
 * millisecond, messages cost under 3 % of a worker's time. All others leave at once, since the next call may take long.
 */
const holdResults = 0.5;

/** Looking at the clock costs as much as a tiny call: with calls under a microsecond it is looked at this seldom. */
const longestStride = 32;

/**
 * Runs batch after batch, call after call: claim the slot, run, buffer the result, send. One call at a time; while one
 * awaits, the rest of its batch can be stolen by the pool.
 */
export class RunLoop {
  readonly #transport: Transport;
  readonly #functions: FunctionTable = new FunctionTable(load);
  readonly #enteredContexts: EnteredContexts = new EnteredContexts();
  readonly #shared: SharedArrivals = new SharedArrivals(() => this.#run());
  readonly #batches: RunningBatch[] = [];
  // The call that is running, for currentTask() and for stop messages.
  #running: RunningBatch | undefined;
  #index = -1;
  #task: RunningTask | undefined;
  #initializing = false;
  #waiting = false;
  #ending: EndMessage | undefined;
  #stride = 1;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.send({ kind: "up" }, []);
    provideCurrentTask(() => this.#currentTask());
  }

  /** Whether all that it has received is done. */
  get idle(): boolean {
    return this.#batches.length === 0 && !this.#initializing && this.#ending === undefined;
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
    if (this.#initializing || this.#waiting || this.#shared.unfinished) return;
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      batch.results ??= new ResultBuffer(batch.message, this.#transport);
      if (!this.#runBatch(batch, batch.results)) return;
      batch.results.send(true);
      this.#batches.shift();
    }
    if (this.#ending !== undefined) void leave(this.#transport, this.#ending.finalizer);
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
        if (along !== undefined)
          value = restored(along, this.#functions, () => this.#call(fn, message, index));
        else if (typeof fn === "function" && arity === 1 && (typeof first !== "object" || first === null))
          value = fn(first as never);
        else value = this.#call(fn, message, index);
      } catch (error) {
        this.#fail(batch, index, slot, error);
        continue;
      }
      if (typeof value === "number") {
        numbers[slot] = value;
        this.#finish(slot, RETURNED_NUMBER);
        results.add(value);
      } else if (isThenable(value)) {
        this.#await(batch, index, slot, value);
        return false;
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
  #call(fn: Loaded, message: RunMessage, index: number): unknown {
    const given = argumentsOf(message, index);
    let ready = typeof fn === "function";
    for (let at = 0; at < given.length; at++) {
      const value = given[at];
      if (typeof value !== "object" || value === null) continue;
      given[at] = unpack(value);
      if (given[at] instanceof Promise) ready = false;
    }
    if (ready) return (fn as (...args: unknown[]) => unknown)(...given);
    // In boxes: an argument with a `then` of its own is handed over, not awaited.
    const boxes = given.map((one) =>
      one instanceof Promise ? one.then((value) => ({ value })) : { value: one },
    );
    return Promise.all([fn, Promise.all(boxes)]).then(([loaded, values]) =>
      (loaded as (...args: unknown[]) => unknown)(...values.map(({ value }) => value)),
    );
  }

  #await(batch: RunningBatch, index: number, slot: number, value: PromiseLike<unknown>): void {
    this.#waiting = true;
    batch.results?.send(false);
    const settled = (settle: () => void): void => {
      settle();
      this.#waiting = false;
      if (batch.at < batch.message.count) batch.results?.sendWhenDue(holdResults);
      this.#run();
    };
    Promise.resolve(value).then(
      (result) => settled(() => this.#succeed(batch, index, slot, result)),
      (error: unknown) => settled(() => this.#fail(batch, index, slot, error)),
    );
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
    this.#task = undefined;
    Atomics.store(this.#transport.slots.states, slot, state);
  }

  #stop({ id, index, reason }: StopMessage): void {
    if (this.#running?.message.id === id && this.#index === index) this.#currentTask()?.stop(reason);
  }

  #currentTask(): RunningTask | undefined {
    if (this.#running === undefined) return undefined;
    const { message } = this.#running;
    const index = this.#index;
    const number = typeof message.fn === "number" ? message.fn : (message.fn[index] as number);
    this.#task ??= new RunningTask(
      this.#functions.nameOf(number),
      message.extras?.task,
      this.#transport.workerId,
      this.#transport.slots.states,
      (message.base + index) & slotMask,
      (share) => this.#transport.send({ kind: "progress", id: message.id, index, share }, []),
    );
    return this.#task;
  }
}

function argumentsOf({ arity, args }: RunMessage, index: number): unknown[] {
  if (arity < 0) return [...(args[index] as unknown[])];
  return Array.from(args.slice(index * arity, (index + 1) * arity));
}
