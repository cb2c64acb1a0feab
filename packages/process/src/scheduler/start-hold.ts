import { availableParallelism } from "node:os";
import { Deadline } from "@concurrent-futures/core/deadline";

/** How long, in milliseconds, the first workers are looked at, once they are up, before others are started beside them. */
const lookFor = 20;

/** How long, in milliseconds, others wait for the first workers to be up. */
const longestStart = 1_000;

/** For how long, in milliseconds, short calls hold back others: such that wait for something would be slower for it. */
const longestHold = 500;

/** When each worker ends this number of calls in that time, they are short: they compute, and more workers than processors would not help. */
const shortCalls = 20;

/**
 * Keeps a pool from starting more workers than there are processors before the first of them are up. A start is work for
 * a processor: six at once on two take all that there is, and the first result waits for the last of them. More workers
 * than processors help calls that wait for something, and those are seen to be long.
 */
export class StartHold {
  readonly #atOnce: number = Math.max(2, availableParallelism());
  /** Calls that have ended in this pool. */
  readonly #ended: () => number;
  readonly #release: () => void;
  #starting = 0;
  #over: boolean;
  #until: Deadline | undefined;
  #stop: (() => void) | undefined;
  #seen = 0;
  /** Since the first are up. */
  #hold: Deadline | undefined;

  /**
   * @param never - for pools all of whose workers must run something at once.
   * @param release - called when others may be started.
   */
  constructor(never: boolean, ended: () => number, release: () => void) {
    this.#over = never;
    this.#ended = ended;
    this.#release = release;
  }

  /** Whether another worker beside those that are active must not be started now. */
  holds(active: number): boolean {
    return !this.#over && active >= this.#atOnce;
  }

  started(): void {
    if (this.#over) return;
    this.#starting++;
    if (this.#starting === this.#atOnce) this.#wait(longestStart);
  }

  up(): void {
    if (this.#over) return;
    this.#starting--;
    if (this.#starting === 0 && this.#until !== undefined) this.#look();
  }

  /** A worker is gone: what was learnt of the first ones is worth nothing. */
  died(): void {
    this.#end();
  }

  /** For a thread that blocks, whose timers do not fire. */
  check(): void {
    if (!this.#over && this.#until?.passed === true) this.#passed();
  }

  #look(): void {
    this.#hold ??= new Deadline(longestHold);
    this.#seen = this.#ended();
    this.#wait(lookFor);
  }

  #wait(milliseconds: number): void {
    this.#stop?.();
    this.#until = new Deadline(milliseconds);
    this.#stop = this.#until.whenPassed(() => this.check(), { keepAlive: false });
  }

  #passed(): void {
    const isShort = this.#ended() - this.#seen >= shortCalls * this.#atOnce;
    if (isShort && this.#hold?.passed === false) this.#look();
    else this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stop?.();
    this.#release();
  }
}
