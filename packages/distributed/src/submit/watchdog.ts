import { BrokenExecutor, NoWorkersError } from "@concurrent-futures/core";

/** Milliseconds between looks. */
const often = 250;

/** What the watchdog needs to know and to do. */
export interface WatchdogOptions {
  /** Milliseconds without any worker after which calls fail. */
  readonly noWorkerTimeout: number | undefined;
  /** Milliseconds without a connection after which calls fail. */
  readonly connectionLostAfter: number | undefined;
  connected(): boolean;
  pending(): boolean;
  /** Whether a worker serves the queue. */
  hasWorkers(): Promise<boolean>;
  /** All calls fail with an error of their own. */
  fail(error: () => Error): void;
}

/** Ends the waiting for workers and for Redis where the user has set a limit to it. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #timer: NodeJS.Timeout | undefined;
  #alone: number | undefined;
  #cutOff: number | undefined;
  #asking = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    const { noWorkerTimeout, connectionLostAfter } = this.#options;
    if (noWorkerTimeout === undefined && connectionLostAfter === undefined) return;
    this.#timer ??= setInterval(() => this.#look(), often);
    this.#timer.ref();
  }

  /** Nothing is pending: it does not keep the process alive. */
  rest(): void {
    this.#timer?.unref();
    this.#alone = undefined;
    this.#cutOff = undefined;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { pending, connected } = this.#options;
    if (!pending()) return;
    if (connected()) {
      this.#cutOff = undefined;
      void this.#lookForWorkers();
    } else this.#waitForConnection();
  }

  #waitForConnection(): void {
    const { connectionLostAfter, fail } = this.#options;
    const now = performance.now();
    this.#cutOff ??= now;
    if (connectionLostAfter === undefined || now - this.#cutOff < connectionLostAfter) return;
    fail(() => new BrokenExecutor(`There has been no connection to Redis for ${connectionLostAfter} ms.`));
  }

  async #lookForWorkers(): Promise<void> {
    const { noWorkerTimeout, hasWorkers, fail } = this.#options;
    if (noWorkerTimeout === undefined || this.#asking) return;
    this.#asking = true;
    const found = await hasWorkers().catch(() => true);
    this.#asking = false;
    const now = performance.now();
    if (found) {
      this.#alone = undefined;
      return;
    }
    this.#alone ??= now;
    if (now - this.#alone < noWorkerTimeout) return;
    fail(
      () =>
        new NoWorkersError(
          `No worker has served the queue for ${noWorkerTimeout} ms. Start one: npx concurrent-futures worker ./tasks.js`,
        ),
    );
  }
}
