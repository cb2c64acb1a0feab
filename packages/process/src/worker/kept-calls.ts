import type { CallableRef } from "@concurrent-futures/callable";
import { type KeptFunction, KeptFunctions } from "./kept-functions.ts";
import type { NestedCall } from "./nested-call.ts";
import type { OpenCall } from "./open-call.ts";
import type { OpenCalls } from "./open-calls.ts";

/**
 * Calls of functions that take less, in microseconds, are kept, however many: a message costs more. Of all others one is kept, which
 * begins at once, and the rest is for any worker that is free.
 */
const cheap = 200;
/** Unless one of late has taken longer: what is kept behind it nobody else can take. Less would take a busy machine for that. */
const cheapAtMost = 50_000;
/** Fewer kept calls are run here sooner than others have them: of a recursion these are its last leaves. */
const worthGiving = 4;
/** More kept calls than this are not for this worker: a recursion keeps but a few at each depth. */
const mostKept = 256;

/** What the pool is told of the calls that are kept. */
interface Report {
  readonly ran: readonly KeptFunction[];
  readonly cancelled: number;
  readonly pending: number;
  readonly running: number;
}

/**
 * Nested calls that this worker runs itself, the newest first, as in Java's ForkJoin: the task that waits for them is here, so that a call costs
 * no message. When others are free, they get the oldest, of which most will come.
 */
export class KeptCalls {
  readonly functions: KeptFunctions = new KeptFunctions();
  /** The executor whose calls may be kept: this worker's own. */
  pool: string | undefined = undefined;
  /** How many calls others would take. */
  wanted = 0;
  /** Whether there can be no others. */
  alone = false;
  readonly #open: OpenCalls;
  // Submitted since it was last looked what is to be kept.
  #new: NestedCall[] = [];
  // The oldest first; from #head on.
  #kept: NestedCall[] = [];
  #head = 0;
  #running = 0;
  #cancelled = 0;
  // Whether a function is no longer cheap of which calls may be kept.
  #outgrown = false;
  // What the pool was told last.
  #told = 0;

  constructor(open: OpenCalls) {
    this.#open = open;
  }

  get size(): number {
    return this.#new.length + this.#kept.length - this.#head;
  }

  /** Calls that wait here or run. */
  get unfinished(): number {
    return this.size + this.#running;
  }

  add(call: NestedCall): void {
    this.#new.push(call);
  }

  /** The newest call, to be run now. */
  take(): NestedCall | undefined {
    const call = this.#new.pop() ?? this.#pop();
    if (call === undefined) return undefined;
    call.state = "running";
    this.#running++;
    return call;
  }

  /** A call that was taken has ended, or is given up. */
  ended(call: NestedCall, failed: boolean): void {
    this.#running--;
    this.#learn(call.ref, (fn) => this.functions.ended(fn, call.microseconds, failed));
    if (call.by !== undefined) this.#open.answered(call.by);
  }

  /** A call that waits is not to be run. */
  forget(call: NestedCall): void {
    call.state = "over";
    this.#cancelled++;
    const among = this.#new.includes(call) ? this.#new : this.#kept;
    among.splice(among.indexOf(call), 1);
    if (call.by !== undefined) this.#open.answered(call.by);
  }

  submittedBy(by: OpenCall): NestedCall[] {
    return [...this.#kept.slice(this.#head), ...this.#new].filter((call) => call.by === by);
  }

  /** How long a call took that is none of these. */
  measured(ref: CallableRef | undefined, microseconds: number): void {
    if (ref !== undefined) this.#learn(ref, (fn) => this.functions.measured(fn, microseconds));
  }

  #learn(ref: CallableRef, count: (fn: KeptFunction) => void): void {
    const fn = this.functions.of(ref);
    const before = isCheap(fn);
    count(fn);
    if (before && !isCheap(fn)) this.#outgrown = true;
  }

  /** Whether calls are kept that would not be any more. */
  get outgrown(): boolean {
    return this.#outgrown && this.size > 0 && !this.alone;
  }

  /** The calls that are for others, the oldest first. */
  takeUnwanted(): NestedCall[] {
    const unwanted: NestedCall[] = [];
    if (this.#new.length > 0) {
      const calls = this.#new;
      this.#new = [];
      const last = calls.length - 1;
      for (let at = 0; at <= last; at++) {
        const call = calls[at] as NestedCall;
        const keeps =
          this.#mayKeep(call) && (this.alone || this.#isCheap(call) || (at === last && this.size === 0));
        if (keeps) this.#kept.push(call);
        else unwanted.push(call);
      }
    }
    if (this.outgrown) this.#giveOutgrown(unwanted);
    this.#outgrown = false;
    while (this.size > mostKept && !this.alone) unwanted.push(this.#shift());
    for (; this.wanted > 0 && this.size >= worthGiving; this.wanted--) this.#giveOldest(unwanted);
    // The pool counts again once it has them.
    if (unwanted.length > 0) this.wanted = 0;
    return unwanted;
  }

  /** What was kept as cheap and no longer is: it must not wait for what runs here. One remains, which begins at once. */
  #giveOutgrown(unwanted: NestedCall[]): void {
    const kept: NestedCall[] = [];
    const given: NestedCall[] = [];
    for (let at = this.#head; at < this.#kept.length; at++) {
      const call = this.#kept[at] as NestedCall;
      (this.#isCheap(call) ? kept : given).push(call);
    }
    const last = kept.length === 0 ? given.pop() : undefined;
    if (last !== undefined) kept.push(last);
    this.#kept = kept;
    this.#head = 0;
    unwanted.push(...given);
  }

  /** The oldest call, of which most will come, and half of those beside it. */
  #giveOldest(unwanted: NestedCall[]): void {
    const { by } = this.#kept[this.#head] as NestedCall;
    let beside = 1;
    while (this.#kept[this.#head + beside]?.by === by) beside++;
    for (let given = 0; given * 2 < beside; given++) unwanted.push(this.#shift());
  }

  /** What is to be said, if anything is. Numbers of calls that nobody waits for keep the worker. */
  takeReport(always: boolean): Report | undefined {
    const { unfinished } = this;
    const ended = unfinished === 0 && this.#told > 0;
    if (!always && !ended) return undefined;
    const ran = this.functions.takeUnreported();
    const cancelled = this.#cancelled;
    if (ran.length === 0 && cancelled === 0 && unfinished === this.#told) return undefined;
    this.#told = unfinished;
    this.#cancelled = 0;
    return { ran, cancelled, pending: this.size, running: this.#running };
  }

  /** Not what nobody here waits for, nor what has a limit or a turn, of which the pool takes care. */
  #mayKeep({ by, request: { pool, options } }: NestedCall): boolean {
    if (by === undefined || pool !== this.pool) return false;
    return options?.timeout === undefined && options?.priority === undefined;
  }

  #isCheap({ ref }: NestedCall): boolean {
    return isCheap(this.functions.of(ref));
  }

  #pop(): NestedCall | undefined {
    if (this.#head === this.#kept.length) return undefined;
    const call = this.#kept.pop();
    this.#trim();
    return call;
  }

  #shift(): NestedCall {
    const call = this.#kept[this.#head++] as NestedCall;
    this.#trim();
    return call;
  }

  #trim(): void {
    if (this.#head < this.#kept.length && this.#head < mostKept) return;
    this.#kept = this.#kept.slice(this.#head);
    this.#head = 0;
  }
}

function isCheap({ mean, longest }: KeptFunction): boolean {
  return mean >= 0 && mean < cheap && longest < cheapAtMost;
}
