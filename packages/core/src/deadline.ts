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
  /**
   * Whether time in which this process could not run does not count. A timer that comes late after a suspended process
   * (SIGSTOP, a frozen container) waits that much longer, at most its own length: what it watches could not run either.
   * @default false
   */
  readonly runningTimeOnly?: boolean;
}

/** A timer that is later than this, in milliseconds, was held up by more than the turns of a busy event loop. */
const heldUpAfter = 250;

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

/** A moment until which somebody waits; `undefined` milliseconds are forever, 0 or less is now. */
export class Deadline {
  readonly #moment: number;
  readonly #length: number;

  constructor(milliseconds: number | undefined) {
    this.#length = Math.max(milliseconds ?? 0, 0);
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
  whenPassed(run: () => void, { keepAlive = true, runningTimeOnly = false }: TimerOptions = {}): () => void {
    if (this.#moment === Number.POSITIVE_INFINITY) return () => {};
    let stop = () => {};
    let due = this.#moment;
    const wait = (): void => {
      stop = clock.setTimer(check, Math.ceil(due - clock.now()), keepAlive);
    };
    const check = (): void => {
      const late = clock.now() - due;
      // A timer may fire a fraction of a millisecond early, and a long one comes in parts.
      if (late < 0) wait();
      else if (runningTimeOnly && late > heldUpAfter) {
        due += late + Math.min(late, this.#length);
        wait();
      } else run();
    };
    wait();
    return () => stop();
  }
}
