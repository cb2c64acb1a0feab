import type { PackedError } from "@concurrent-futures/callable";
import type { HostDeath, WorkerHost } from "../host/worker-host.ts";
import { DONE, PENDING, RUNNING, STOPPING, slotCount, slotMask, TAKEN } from "../slots.ts";
import type { ResultsMessage } from "../wire.ts";
import type { FunctionEntry } from "./function-entry.ts";
import type { Task } from "./task.ts";
import { Calls, type Work } from "./work.ts";

/** A batch that a worker has. */
export interface Loan {
  readonly id: number;
  readonly lane: Lane;
  readonly base: number;
  readonly work: Work;
  /** Calls below this index have been answered. */
  answered: number;
  /** Some of its calls have been taken back. */
  holed: boolean;
}

/** What a dead worker leaves behind. */
export interface Remains {
  /** Whether it had ever come up. */
  readonly started: boolean;
  /** The calls that it was running. */
  readonly running: readonly (readonly [Loan, number])[];
  /** The calls that can run elsewhere. */
  readonly unbegun: readonly (readonly [Loan, readonly number[]])[];
}

/** Where a worker stands. */
export type LaneState = "starting" | "up" | "retiring" | "dead";

/** One worker as the scheduler sees it: its host, and what it has on loan. */
export class Lane {
  readonly workerId: number;
  readonly sharesMemory: boolean;
  readonly loans: Loan[] = [];
  state: LaneState = "starting";
  /** We have ended it ourselves: its death is no crash. */
  expected = false;
  /** Calls that it was ever lent, for `maxTasksPerChild`. */
  lent = 0;
  /** Ends it, when it has had nothing to do or has been leaving for too long. */
  timer: NodeJS.Timeout | undefined = undefined;
  #host: WorkerHost | undefined;
  #nextSlot = 0;
  #nextLoan = 0;
  #used = 0;
  readonly #known: Set<number> = new Set();
  #forget: number[] = [];

  constructor(workerId: number, sharesMemory: boolean) {
    this.workerId = workerId;
    this.sharesMemory = sharesMemory;
  }

  get host(): WorkerHost {
    return this.#host as WorkerHost;
  }

  /** Given once: a host needs the lane for its events, so the lane is made first. */
  attach(host: WorkerHost): void {
    this.#host = host;
  }

  get idle(): boolean {
    return this.loans.length === 0;
  }

  /** Whether it may be lent something. */
  get takes(): boolean {
    if (this.state === "retiring" || this.state === "dead") return false;
    // Without shared memory nothing can be taken back, so nothing is sent before it can begin.
    return this.sharesMemory || (this.state === "up" && this.idle);
  }

  /** Slots that are free for the next loan. */
  get room(): number {
    return slotCount - this.#used;
  }

  /** Calls on loan that nobody has heard of yet. */
  get unanswered(): number {
    let count = 0;
    for (const { work, answered } of this.loans) count += work.count - answered;
    return count;
  }

  /** How many calls on loan run, and how many have not begun. */
  countStates(): { readonly running: number; readonly pending: number } {
    let running = 0;
    let pending = 0;
    for (const loan of this.loans) {
      for (let index = loan.answered; index < loan.work.count; index++) {
        if (this.isRunning(loan, index)) running++;
        else if (this.host.slots[(loan.base + index) & slotMask] === PENDING) pending++;
      }
    }
    return { running, pending };
  }

  /** The single task in this place, if it is one. */
  taskOf(id: number, index: number): Task | undefined {
    const work = this.loans.find((loan) => loan.id === id)?.work;
    return work instanceof Calls ? work.tasks[index] : undefined;
  }

  /** Lends work to the worker. Throws what structured clone throws, with nothing lent. */
  lend(work: Work): Loan {
    const loan: Loan = {
      id: this.#nextLoan,
      lane: this,
      base: this.#nextSlot,
      work,
      answered: 0,
      holed: false,
    };
    const { slots } = this.host;
    const after = loan.base + work.count;
    slots.fill(PENDING, loan.base, after);
    if (after > slotCount) slots.fill(PENDING, 0, after & slotMask);
    const define: (readonly [number, FunctionEntry["ref"]])[] = [];
    for (const entry of work.functions)
      if (!this.#known.has(entry.number)) define.push([entry.number, entry.ref]);
    const { fn, arity, args, announce = false, task } = work.content;
    const eager = work.entry === undefined || work.entry.cost < 0;
    const extras =
      eager || announce || task !== undefined || define.length > 0 || this.#forget.length > 0
        ? { define, forget: this.#forget, announce, eager, task }
        : undefined;
    const { id, base } = loan;
    this.host.post({ kind: "run", id, base, count: work.count, fn, arity, args, extras }, work.transfer);
    for (const [number] of define) this.#known.add(number);
    this.#forget = [];
    this.#nextLoan++;
    this.#nextSlot = (loan.base + work.count) & slotMask;
    this.#used += work.count;
    this.lent += work.count;
    if (this.loans.length === 0) this.host.ref();
    this.loans.push(loan);
    return loan;
  }

  /** Tells a message's outcomes to their work; true when the worker has become free by it. */
  settle({ id, from, values, failures, microseconds, end }: ResultsMessage): boolean {
    const loan = this.loans.find((one) => one.id === id);
    if (loan === undefined) return false;
    const { work, base } = loan;
    const { slots } = this.host;
    const failed: Map<number, PackedError> | undefined =
      failures === undefined ? undefined : new Map(failures);
    // Numbers, none of them taken back: by far the most common of short calls.
    if (failed === undefined && !loan.holed && values instanceof Float64Array)
      work.succeedRange(from, values);
    else {
      for (let at = 0; at < values.length; at++) {
        const index = from + at;
        if (slots[(base + index) & slotMask] === TAKEN) continue;
        const failure = failed?.get(index);
        if (failure === undefined) work.succeed(index, values[at]);
        else work.reject(index, failure);
      }
    }
    loan.answered = from + values.length;
    if (values.length > 0 && microseconds > 0) work.entry?.measured(microseconds / values.length);
    if (end) this.#close(loan);
    work.settled();
    return end && this.idle;
  }

  /** Takes back up to `most` calls that have not begun, from the end; they are in the queue again. */
  takeBack(most: number): number {
    if (!this.sharesMemory) return 0;
    let taken = 0;
    for (let at = this.loans.length - 1; at >= 0 && taken < most; at--) {
      const loan = this.loans[at] as Loan;
      // What takes something along that exists only once cannot be sent again.
      if (loan.work.transfer.length > 0) continue;
      const indexes: number[] = [];
      for (let index = loan.work.count - 1; index >= loan.answered && taken < most; index--) {
        const slot = (loan.base + index) & slotMask;
        const seen = Atomics.compareExchange(this.host.slots, slot, PENDING, TAKEN);
        if (seen === TAKEN) continue;
        if (seen !== PENDING) break;
        indexes.unshift(index);
        taken++;
      }
      if (indexes.length === 0) continue;
      loan.holed = true;
      loan.work.giveBack(indexes);
    }
    return taken;
  }

  /** Takes one call back, to be cancelled. False when it has begun. */
  revoke(loan: Loan, index: number): boolean {
    if (!this.sharesMemory) return false;
    const slot = (loan.base + index) & slotMask;
    if (Atomics.compareExchange(this.host.slots, slot, PENDING, TAKEN) !== PENDING) return false;
    loan.holed = true;
    return true;
  }

  /** Whether the code of a call has begun and has not ended. */
  isRunning({ base, answered }: Loan, index: number): boolean {
    const state = Atomics.load(this.host.slots, (base + index) & slotMask);
    // A worker without shared memory has one call at a time, and claims it by receiving it.
    return (
      state === RUNNING ||
      state === STOPPING ||
      (!this.sharesMemory && state === PENDING && index === answered)
    );
  }

  /** Tells a running call to stop. False when it has ended. */
  stop(loan: Loan, index: number, reason: unknown): boolean {
    const slot = (loan.base + index) & slotMask;
    if (!this.isRunning(loan, index)) return false;
    if (this.sharesMemory && Atomics.compareExchange(this.host.slots, slot, RUNNING, STOPPING) !== RUNNING) {
      return Atomics.load(this.host.slots, slot) === STOPPING;
    }
    this.host.post({ kind: "stop", id: loan.id, index, reason });
    return true;
  }

  /** The worker has died: which calls it was running, and which can run elsewhere. */
  bury(death: HostDeath): Remains {
    const running: (readonly [Loan, number])[] = [];
    const unbegun: (readonly [Loan, readonly number[]])[] = [];
    for (const loan of this.loans) {
      const again: number[] = [];
      for (let index = loan.answered; index < loan.work.count; index++) {
        const state = Atomics.load(this.host.slots, (loan.base + index) & slotMask);
        if (state === TAKEN) continue;
        const guilty = this.#wasRunning(loan, index, state, death, running.length === 0);
        if (guilty) running.push([loan, index]);
        // DONE without an answer died with the worker: the call runs again.
        else if (state === PENDING || state === DONE) again.push(index);
      }
      if (again.length > 0) unbegun.push([loan, again]);
    }
    const started = this.state !== "starting";
    this.loans.length = 0;
    this.state = "dead";
    return { started, running, unbegun };
  }

  #wasRunning(loan: Loan, index: number, state: number, { running }: HostDeath, first: boolean): boolean {
    if (this.sharesMemory) return state === RUNNING || state === STOPPING;
    if (running === undefined) return first;
    return running !== null && running.loan === loan.id && running.index === index;
  }

  /** Everything on loan that has not been answered is given up. */
  abandonAll(): (readonly [Loan, number])[] {
    const all: (readonly [Loan, number])[] = [];
    for (const loan of this.loans) {
      for (let index = loan.answered; index < loan.work.count; index++) {
        if (this.host.slots[(loan.base + index) & slotMask] !== TAKEN) all.push([loan, index]);
      }
    }
    this.loans.length = 0;
    return all;
  }

  /** A function that will not be called again: said with the next message. */
  forget(entry: FunctionEntry): void {
    if (this.#known.delete(entry.number)) this.#forget.push(entry.number);
  }

  #close(loan: Loan): void {
    this.loans.splice(this.loans.indexOf(loan), 1);
    this.#used -= loan.work.count;
    if (this.idle) this.host.unref();
  }
}
