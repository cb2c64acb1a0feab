import pLimit from "p-limit";

/** Runs at most this many loops at once; the only place that knows p-limit. */
export class Limiter {
  readonly #limit: ReturnType<typeof pLimit>;

  constructor(concurrency: number) {
    this.#limit = pLimit(concurrency);
  }

  /** Whether a loop waits until another has ended. */
  get full(): boolean {
    return this.#limit.pendingCount > 0;
  }

  /** Starts `loop` in a later microtask, or as soon as another has ended. It must not reject. */
  run(loop: () => Promise<void>): void {
    void this.#limit(loop);
  }
}
