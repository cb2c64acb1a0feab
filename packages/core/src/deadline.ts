/**
 * The only place that turns a timeout into a moment. Its clock can be replaced, so that tests of waiting need not wait.
 */

/** What a clock can do. `setTimer` gives the function that stops the timer. */
export interface Clock {
  now(): number;
  /** Where `keepAlive` is false, the timer alone does not keep the process alive. */
  setTimer(run: () => void, milliseconds: number, keepAlive: boolean): () => void;
}

/** How somebody waits for a deadline. */
export interface TimerOptions {
  /** Whether the timer keeps the process alive, where the runtime makes a difference. @default true */
  readonly keepAlive?: boolean;
}

/** Longer timers overflow to 1 ms in every engine. */
const longestTimer = 2 ** 31 - 1;

const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(run, milliseconds, keepAlive) {
    const timer: unknown = setTimeout(run, Math.min(Math.max(milliseconds, 0), longestTimer));
    if (!keepAlive) (timer as { unref?(): void }).unref?.();
    return () => clearTimeout(timer as number);
  },
};

let clock: Clock = systemClock;

/** Replaces the clock of this package; without an argument, brings the system's back. For tests. */
export function useClock(replacement: Clock = systemClock): void {
  clock = replacement;
}

/** A moment until which somebody waits; `undefined` milliseconds are for ever, 0 or less is now. */
export class Deadline {
  readonly #moment: number;

  constructor(milliseconds: number | undefined) {
    this.#moment =
      milliseconds === undefined ? Number.POSITIVE_INFINITY : clock.now() + Math.max(milliseconds, 0);
  }

  /** Milliseconds that are left; Infinity when there is no end. */
  get remaining(): number {
    return this.#moment === Number.POSITIVE_INFINITY ? this.#moment : Math.max(0, this.#moment - clock.now());
  }

  get passed(): boolean {
    return this.#moment !== Number.POSITIVE_INFINITY && clock.now() >= this.#moment;
  }

  /** Calls `run` once when the moment has come; gives the function that calls it off. */
  whenPassed(run: () => void, { keepAlive = true }: TimerOptions = {}): () => void {
    if (this.#moment === Number.POSITIVE_INFINITY) return () => {};
    let stop = () => {};
    const check = (): void => {
      // A timer may fire a fraction of a millisecond early, and a long one comes in parts.
      if (this.passed) run();
      else stop = clock.setTimer(check, Math.ceil(this.remaining), keepAlive);
    };
    stop = clock.setTimer(check, Math.ceil(this.remaining), keepAlive);
    return () => stop();
  }
}
