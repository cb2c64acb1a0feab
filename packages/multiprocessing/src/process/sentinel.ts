import type { Readiness, Waitable } from "../contract/waitable.ts";

/** What `wait` takes for a process: it is ready when the process has ended. Made by `process.sentinel`. */
export class Sentinel implements Waitable {
  readonly #isOver: () => boolean;
  readonly #whenOver: (signal: AbortSignal) => Promise<void>;

  constructor(isOver: () => boolean, whenOver: (signal: AbortSignal) => Promise<void>) {
    this.#isOver = isOver;
    this.#whenOver = whenOver;
  }

  /** For `wait`. */
  readiness(): Readiness {
    return { ready: this.#isOver, whenReady: this.#whenOver };
  }
}
