import type { CallableRef } from "@concurrent-futures/callable";
import { RuntimeError } from "@concurrent-futures/core/errors";
import type { NestedCallRequest, NestedLink } from "../nested-link.ts";
import type { NestedCall, NestedOutcome } from "../wire.ts";
import { mendBuiltins } from "./builtins.ts";
import type { OpenCall } from "./open-call.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { Transport } from "./transport.ts";

interface Waiting {
  readonly by: OpenCall | undefined;
  readonly settle: NestedCallRequest["settle"];
}

/** What the line has to do with the loop. */
interface LinkEvents {
  /** A call waits for calls of its own now. */
  waits(): void;
  /** Whether the initializer has not ended. */
  initializing(): boolean;
}

/** This worker's line to the executors of its pool's side: what its tasks submit leaves in few messages. */
export class WorkerNestedLink implements NestedLink {
  readonly sharesMemory: boolean;
  readonly #transport: Transport;
  readonly #open: OpenCalls;
  readonly #events: LinkEvents;
  readonly #numbers: WeakMap<CallableRef, number> = new WeakMap();
  readonly #waiting: Map<number, Waiting> = new Map();
  #define: (readonly [number, CallableRef])[] = [];
  #calls: NestedCall[] = [];
  #nextFunction = 0;
  #nextCall = 0;
  #flushing = false;

  constructor(transport: Transport, open: OpenCalls, events: LinkEvents) {
    this.#transport = transport;
    this.sharesMemory = transport.sharesMemory;
    this.#open = open;
    this.#events = events;
  }

  /** Calls that have not been answered. */
  get unanswered(): number {
    return this.#waiting.size;
  }

  opened(): void {
    this.#open.beginToInterleave();
  }

  /** @throws RuntimeError while the initializer runs: nobody could run the call that it would wait for */
  submit({ pool, ref, args, options, settle }: NestedCallRequest): number {
    if (this.#events.initializing()) {
      throw new RuntimeError(
        "An initializer cannot submit calls: the workers that would run them wait for it. Submit from a task.",
      );
    }
    mendBuiltins();
    const caller = this.#open.current();
    const by = caller?.over === false ? caller : undefined;
    const call = this.#nextCall++;
    this.#waiting.set(call, { by, settle });
    this.#calls.push({
      call,
      pool,
      by: by && [by.batch.id, by.index],
      fn: this.#numberOf(ref),
      args,
      options,
    });
    if (by !== undefined) this.#open.submitted(by);
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => this.flush());
    }
    if (by !== undefined) this.#events.waits();
    return call;
  }

  cancel(call: number, force: boolean): void {
    this.flush();
    if (this.#waiting.has(call)) this.#transport.send({ kind: "nested-cancel", call, force }, []);
  }

  /** Sends what has been submitted: before anything is said of the calls that did it. */
  flush(): void {
    this.#flushing = false;
    if (this.#calls.length === 0) return;
    const define = this.#define;
    const calls = this.#calls;
    this.#define = [];
    this.#calls = [];
    try {
      this.#transport.send({ kind: "nested-submit", define, calls }, []);
    } catch (error) {
      // Structured clone refused one of them: each goes alone, and the one at fault fails.
      if (calls.length === 1) for (const { call } of calls) this.#answer(call, "refused", error);
      else
        for (const call of calls) {
          this.#define = define.splice(0);
          this.#calls = [call];
          this.flush();
        }
    }
  }

  answered(outcomes: readonly NestedOutcome[]): void {
    for (const [call, how, value] of outcomes) this.#answer(call, how, value);
  }

  #answer(call: number, how: NestedOutcome[1] | "refused", value: unknown): void {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined) return;
    this.#waiting.delete(call);
    if (waiting.by !== undefined) this.#open.answered(waiting.by);
    waiting.settle(how, value);
  }

  #numberOf(ref: CallableRef): number {
    let number = this.#numbers.get(ref);
    if (number === undefined) {
      number = this.#nextFunction++;
      this.#numbers.set(ref, number);
      this.#define.push([number, ref]);
    }
    return number;
  }
}
