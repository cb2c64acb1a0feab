import type { CallableRef } from "@concurrent-futures/callable";
import { packError } from "@concurrent-futures/callable/load";
import { CancelledError, RuntimeError } from "@concurrent-futures/core/errors";
import type { CarriedRef, NestedCallRequest, NestedEnd, NestedLink } from "../nested-link.ts";
import type { ToWorker } from "../wire.ts";
import type { NestedCallMessage, NestedModeMessage, NestedOutcome } from "../wire-nested.ts";
import { mendBuiltins, now } from "./builtins.ts";
import { KeptCalls } from "./kept-calls.ts";
import { keptResult } from "./kept-result.ts";
import { NestedCall } from "./nested-call.ts";
import type { OpenCall } from "./open-call.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { Transport } from "./transport.ts";

/** What the line has to do with the loop. */
interface LinkEvents {
  /** A call waits for calls of its own now, or one is there to be run here. */
  waits(): void;
  /** Whether the initializer has not ended. */
  initializing(): boolean;
  /** What has arrived while an answer was waited for. */
  deferred(message: ToWorker): void;
  /** A call that runs here shall stop, and nobody wants its outcome. */
  stop(call: NestedCall, reason: unknown): void;
}

/**
 * How long, in milliseconds, a blocked call waits for what the pool knows of another: its thread may be busy, or blocked itself. Then
 * the answer is that it is not known to run, nor to be cancelled; the pool cancels it all the same when it hears of that.
 */
const answerTime = 1_000;

/**
 * This worker's line to the executors of its pool's side. What its tasks submit is kept where it can be run here as well, since the
 * one who waits for it is here; the rest leaves in few messages.
 */
export class WorkerNestedLink implements NestedLink {
  readonly sharesMemory: boolean;
  readonly kept: KeptCalls;
  readonly #transport: Transport;
  readonly #open: OpenCalls;
  readonly #events: LinkEvents;
  readonly #numbers: WeakMap<CallableRef, number> = new WeakMap();
  readonly #sent: Map<number, NestedCall> = new Map();
  #define: (readonly [number, CallableRef])[] = [];
  #nextFunction = 0;
  #nextCall = 0;
  #flushing = false;

  constructor(transport: Transport, open: OpenCalls, events: LinkEvents) {
    this.#transport = transport;
    this.sharesMemory = transport.sharesMemory;
    this.#open = open;
    this.#events = events;
    this.kept = new KeptCalls(open);
  }

  /** Calls that have not ended. */
  get unanswered(): number {
    return this.#sent.size + this.kept.unfinished;
  }

  opened(): void {
    this.#open.beginToInterleave();
  }

  /** @throws RuntimeError while the initializer runs: nobody could run the call that it would wait for */
  submit(request: NestedCallRequest): NestedCall {
    if (this.#events.initializing()) {
      throw new RuntimeError(
        "An initializer cannot submit calls: the workers that would run them wait for it. Submit from a task.",
      );
    }
    mendBuiltins();
    const caller = this.#open.current();
    const by = caller?.over === false ? caller : undefined;
    const call = new NestedCall(this.#nextCall++, withInherited(request, caller), by, this);
    this.kept.add(call);
    if (by !== undefined) this.#open.submitted(by);
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => {
        this.flush();
        this.#events.waits();
      });
    }
    return call;
  }

  isRunning(call: NestedCall): boolean {
    return this.#ask(call, "running");
  }

  cancel(call: NestedCall, force: boolean, reason: unknown): boolean {
    switch (call.state) {
      case "over":
        return false;
      case "kept":
        this.kept.forget(call);
        return true;
      case "running":
        if (force) this.#events.stop(call, reason);
        return force;
      case "sent":
        if (!force) return this.#ask(call, "cancel");
        this.#transport.send({ kind: "nested-cancel", call: call.number, force }, []);
        return true;
    }
  }

  /** What this worker may keep, and how many calls others would take. */
  setMode({ keep, alone, wanted }: NestedModeMessage): void {
    this.kept.pool = keep;
    this.kept.alone = alone;
    this.kept.wanted = wanted;
    this.flush();
  }

  /** Sends what is not kept: before anything is said of the calls that have submitted it. */
  flush(): void {
    this.#flushing = false;
    const calls = this.kept.takeUnwanted();
    if (calls.length > 0) this.#send(calls);
    this.report(false);
  }

  /**
   * Says what calls have run here, and how many there are; `last`: nothing more may be said for a while. The pool counts on it
   * before it is told that their caller has ended.
   */
  report(last: boolean): void {
    const report = this.kept.takeReport(last);
    if (report === undefined) return;
    const counts = report.ran.map(
      ({ ref, calls, failed, microseconds }) => [this.#numberOf(ref), calls, failed, microseconds] as const,
    );
    for (const fn of report.ran) Object.assign(fn, { calls: 0, failed: 0, microseconds: 0 });
    const { cancelled, pending, running } = report;
    this.#transport.send(
      { kind: "nested-ran", define: this.#define.splice(0), counts, cancelled, pending, running },
      [],
    );
  }

  #send(calls: readonly NestedCall[]): void {
    const messages = calls.map((call) => this.#messageOf(call));
    const define = this.#define.splice(0);
    try {
      this.#transport.send({ kind: "nested-submit", define, calls: messages }, []);
    } catch (error) {
      // Structured clone refused one of them: each goes alone, and the one at fault fails.
      this.#define.unshift(...define);
      if (calls.length === 1) for (const call of calls) this.#answer(call, "refused", error);
      else for (const call of calls) this.#send([call]);
      return;
    }
    for (const call of calls) {
      call.state = "sent";
      this.#sent.set(call.number, call);
    }
  }

  #messageOf(call: NestedCall): NestedCallMessage {
    const { pool, args, options, carried } = call.request;
    return {
      call: call.number,
      pool,
      by: call.root,
      fn: this.#numberOf(call.ref),
      args,
      options,
      carried: carried?.map(([restore, value]) => [this.#numberOf(restore), value] as const),
    };
  }

  answered(outcomes: readonly NestedOutcome[]): void {
    for (const [number, how, value] of outcomes) {
      const call = this.#sent.get(number);
      if (call === undefined) continue;
      this.#sent.delete(number);
      this.#answer(call, how, value);
    }
  }

  /** A call that was kept has ended here. */
  ended(call: NestedCall, outcome: unknown, failed: boolean): void {
    this.kept.ended(call, failed);
    if (this.kept.outgrown) this.flush();
    call.settle(...keptResult(outcome, failed, this.sharesMemory ? "thread" : "spawn"));
  }

  #answer(call: NestedCall, how: NestedEnd, value: unknown): void {
    if (call.by !== undefined) this.#open.answered(call.by);
    call.settle(how, value);
  }

  /** A call is given up: so are those that it has submitted. Those that the pool has it stops itself. */
  abandoned(by: OpenCall): void {
    for (const call of this.kept.submittedBy(by)) {
      this.kept.forget(call);
      call.settle("cancelled", packError(new CancelledError()));
    }
    for (const call of this.#open.submittedBy(by)) {
      this.#events.stop(call, undefined);
      call.settle("cancelled", packError(new CancelledError()));
    }
  }

  /** Waits, blocked, for what the pool knows. What arrives before the answer is dealt with later. */
  #ask(call: NestedCall, what: "cancel" | "running"): boolean {
    this.#transport.send({ kind: "nested-ask", call: call.number, what }, []);
    const end = now() + answerTime;
    for (;;) {
      const message = this.#transport.receiveSync(end - now());
      if (message === undefined) return false;
      if ("kind" in message && message.kind === "nested-answer") {
        if (message.call !== call.number) continue;
        // What was read along with the answer would wait for the next message.
        for (let more = this.#transport.receiveSync(0); more; more = this.#transport.receiveSync(0))
          this.#events.deferred(more);
        return message.value;
      } else this.#events.deferred(message);
    }
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

/** With what its caller takes along, unless it has captured that again. */
function withInherited(request: NestedCallRequest, by: OpenCall | undefined): NestedCallRequest {
  const inherited = by?.carried;
  if (inherited === undefined) return request;
  const own = request.carried ?? [];
  const names = new Set(own.map(nameOf));
  const added = inherited.filter((one) => !names.has(nameOf(one)));
  return added.length === 0 ? request : { ...request, carried: [...added, ...own] };
}

function nameOf([restore]: CarriedRef): unknown {
  return restore.kind === "reference" ? [restore.url, ...restore.path].join("\u0000") : restore;
}
