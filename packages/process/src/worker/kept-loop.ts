import { isThenable } from "@concurrent-futures/core/thenable";
import { mendBuiltins, now } from "./builtins.ts";
import { withArguments } from "./call-arguments.ts";
import type { EnteredContexts } from "./entered-contexts.ts";
import type { Loaded } from "./function-table.ts";
import type { NestedCall } from "./nested-call.ts";
import type { WorkerNestedLink } from "./nested-link.ts";
import type { OpenCalls } from "./open-calls.ts";
import { restored } from "./restored.ts";
import { taskOf } from "./running-task.ts";
import type { Transport } from "./transport.ts";

/**
 * How long, in milliseconds, kept calls run before the event loop turns: messages and timers are as late as that, and a turn costs some
 * microseconds.
 */
const longestTurn = 1;

/** How often, in milliseconds, the pool is told of kept calls while their caller waits. */
const reportEvery = 20;

/** Code that awaits it runs in the next microtask. */
const tick: Promise<void> = Promise.resolve();

/** What the loop of the batches is asked. */
interface KeptLoopEvents {
  /** Whether another call may begin. */
  hasPlace(): boolean;
  /** Goes on, by whatever is next. */
  next(): void;
}

/** Runs the nested calls that a worker keeps, the newest first; a task that has waited for one continues before the next begins. */
export class KeptLoop {
  readonly #transport: Transport;
  readonly #open: OpenCalls;
  readonly #link: WorkerNestedLink;
  readonly #contexts: EnteredContexts;
  readonly #events: KeptLoopEvents;
  // Whether it is to come back, when the event loop has turned last, and when the pool was told last.
  #due = false;
  #turnBegan = 0;
  #reported = 0;
  #reporting = false;

  constructor(
    transport: Transport,
    open: OpenCalls,
    link: WorkerNestedLink,
    contexts: EnteredContexts,
    events: KeptLoopEvents,
  ) {
    this.#transport = transport;
    this.#open = open;
    this.#link = link;
    this.#contexts = contexts;
    this.#events = events;
  }

  /** The event loop has turned. */
  turned(): void {
    this.#turnBegan = now();
  }

  /** Goes on in the worker's own context. */
  readonly comeBack = (): void => {
    this.#due = false;
    this.#contexts.outside(this.#events.next);
  };

  /** Comes back when who has waited has gone on: in this turn of the event loop, or in the next. */
  soon(): void {
    if (this.#due) return;
    this.#due = true;
    if (now() - this.#turnBegan < longestTurn) void tick.then(this.comeBack);
    else
      setImmediate(() => {
        this.turned();
        if (this.#turnBegan - this.#reported > reportEvery) this.#report();
        this.comeBack();
      });
  }

  /** Runs one call. False when there is none, or it may not begin. */
  run(): boolean {
    const { kept } = this.#link;
    if (kept.size === 0 || !this.#events.hasPlace()) return false;
    const call = kept.take();
    if (call === undefined) return false;
    mendBuiltins();
    this.#contexts.leave();
    call.begin();
    try {
      const value = this.#call(call);
      if (isThenable(value)) this.#await(call, value);
      else this.#ended(call, value, false);
    } catch (error) {
      this.#ended(call, error, true);
    }
    this.soon();
    return true;
  }

  /** A call that runs here shall stop; it is left to itself, and nobody wants its outcome. */
  stop(call: NestedCall, reason: unknown): void {
    taskOf(call, this.#transport).stop(reason);
    this.#link.abandoned(call);
    this.#open.delete(call);
    call.over = true;
    this.#link.kept.ended(call, true);
    call.state = "over";
    this.soon();
  }

  #call(call: NestedCall): unknown {
    const { functions } = this.#link.kept;
    const get = (ref: NestedCall["ref"]): Loaded => functions.load(functions.of(ref));
    const run = (): unknown =>
      withArguments(get(call.ref), [...call.request.args], (fn, args) => this.#open.run(call, fn, args));
    const { carried } = call;
    return carried === undefined ? run() : this.#open.run(call, () => restored(carried, get, run), []);
  }

  #await(call: NestedCall, value: PromiseLike<unknown>): void {
    this.#open.add(call);
    Promise.resolve(value).then(
      (result) => this.#ended(call, result, false),
      (error: unknown) => this.#ended(call, error, true),
    );
    if (this.#reporting) return;
    this.#reporting = true;
    setTimeout(() => {
      this.#reporting = false;
      this.#report();
    }, reportEvery).unref();
  }

  #ended(call: NestedCall, outcome: unknown, failed: boolean): void {
    if (call.over) return;
    this.#open.delete(call);
    call.over = true;
    this.#link.ended(call, outcome, failed);
    this.soon();
  }

  #report(): void {
    this.#reported = now();
    this.#link.report(true);
  }
}
