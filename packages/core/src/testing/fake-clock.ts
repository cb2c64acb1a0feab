import { type Clock, useClock } from "../deadline.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A clock that moves only when told, for tests of timeouts. It rules `result(timeout)`, `wait`, `asCompleted` and
 * `map` of this package until {@link uninstall}.
 *
 * @example
 * ```ts
 * const clock = new FakeClock().install();
 * const late = future.result(1_000);
 * clock.advance(1_000);
 * clock.uninstall();
 * ```
 */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers: Set<Timer> = new Set();

  now(): number {
    return this.#now;
  }

  setTimer(run: () => void, milliseconds: number): () => void {
    const timer: Timer = { at: this.#now + milliseconds, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves the time on and runs what has come due, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
  }

  install(): this {
    useClock(this);
    return this;
  }

  uninstall(): void {
    useClock();
  }
}
