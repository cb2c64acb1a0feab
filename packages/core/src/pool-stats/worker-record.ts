import { HeapGrowth } from "./heap-growth.ts";
import type { WorkerStats } from "./pool-stats.ts";

/** A worker's life, in milliseconds of `performance.now()`. */
export class WorkerRecord {
  readonly workerId: number;
  readonly #started: number;
  #up: number | undefined;
  #initialized: number | undefined;
  #leaving: number | undefined;
  #exited: number | undefined;
  // Since when it has had something to do that has not been answered.
  #busy: number | undefined;
  #calls = 0;
  #failed = 0;
  #work = 0;
  #heap: number | undefined;
  #cpu: number | undefined;
  readonly #growth: HeapGrowth = new HeapGrowth();

  constructor(workerId: number, now: number) {
    this.workerId = workerId;
    this.#started = now;
  }

  get gone(): boolean {
    return this.#exited !== undefined;
  }

  up(now: number): void {
    this.#up = now;
  }

  /** The initializer is over. */
  initialized(now: number): void {
    this.#initialized = now;
  }

  /** It has been given something to do. */
  busy(now: number): void {
    this.#busy ??= now;
  }

  /** Calls have ended on it. Gives the milliseconds that they took. */
  answered(calls: number, failed: number, work: number, idle: boolean, now: number): void {
    this.#calls += calls;
    this.#failed += failed;
    this.#work += work;
    this.#busy = idle ? undefined : now;
  }

  /** It takes this many bytes of memory, and so far this many milliseconds of processor time. */
  uses(heap: number, cpu: number | undefined): void {
    this.#heap = heap;
    this.#cpu = cpu;
    this.#growth.add(this.#calls, heap);
  }

  leaving(now: number): void {
    this.#leaving ??= now;
  }

  exited(now: number): void {
    if (this.gone) return;
    // What it was doing when it died was work.
    this.#work += this.#unanswered(now);
    this.#busy = undefined;
    this.#exited = now;
  }

  /** Within `[from, now]`; the work there comes from who has kept it, else it is that of the whole life. */
  stats(from: number, now: number, inWindow?: { calls: number; failed: number; work: number }): WorkerStats {
    const end = this.#exited ?? now;
    const readyAt = Math.min(end, this.#up ?? end);
    const initAt = Math.min(end, Math.max(readyAt, this.#initialized ?? readyAt));
    const exitAt = Math.min(end, Math.max(initAt, this.#leaving ?? end));
    const overlap = (a: number, b: number): number => Math.max(0, Math.min(b, end) - Math.max(a, from));
    const { calls, failed, work } = inWindow ?? {
      calls: this.#calls,
      failed: this.#failed,
      work: this.#work,
    };
    const usable = overlap(initAt, exitAt);
    const unanswered = Math.min(this.#unanswered(now), Math.max(0, now - from));
    // The worker's clock and ours are not the same: work never passes the time that there was.
    const { growth } = this.#growth;
    const worked = Math.min(usable, work + unanswered);
    return {
      workerId: this.workerId,
      calls,
      failed,
      start: overlap(this.#started, readyAt),
      init: overlap(readyAt, initAt),
      work: worked,
      wait: usable - worked,
      exit: overlap(exitAt, end),
      ...(this.#heap !== undefined && { heap: this.#heap }),
      ...(growth && { heapGrowth: growth }),
      ...(this.#cpu !== undefined && { cpu: this.#cpu }),
    };
  }

  /** Whether any of its life lies at or after that moment. */
  isAfter(from: number): boolean {
    return this.#exited === undefined || this.#exited > from;
  }

  #unanswered(now: number): number {
    if (this.#busy === undefined || this.#up === undefined) return 0;
    return Math.max(0, now - Math.max(this.#busy, this.#initialized ?? this.#up));
  }
}
