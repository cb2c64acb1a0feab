import { Deadline } from "@concurrent-futures/core/deadline";

/**
 * How long a thread may take to end, in milliseconds, before it is given up. Node ends a thread at the next JavaScript
 * instruction, within 5 ms; one that is inside native code or a system call ends when that returns, which may be never.
 */
const stuckAfter = 1_000;

/** How often an end that cannot begin just now is tried again, in milliseconds. */
const retryInterval = 1;

/** How a thread is ended. */
export interface ThreadTerminationOptions {
  /** How the thread is called in the warning. */
  readonly name: string;
  /** Tells Node to end it. False when that cannot be just now. */
  readonly end: () => boolean;
  /** It cannot be ended: from now on nobody waits for it. */
  readonly writtenOff: () => void;
}

/** The end of a thread, which Node cannot promise: a thread that does not end in time is written off, with a warning. */
export class ThreadTermination {
  readonly #options: ThreadTerminationOptions;
  #deadline: Deadline | undefined;
  #stopWaiting = (): void => {};
  #over = false;

  constructor(options: ThreadTerminationOptions) {
    this.#options = options;
  }

  /** Whether it should have ended by now, for those who cannot wait for `writtenOff`: they block the event loop. */
  get overdue(): boolean {
    return !this.#over && this.#deadline?.passed === true;
  }

  /** Begins to end it. Twice does no harm. */
  start(): void {
    if (this.#over || this.#deadline !== undefined) return;
    this.#deadline = new Deadline(stuckAfter);
    this.#stopWaiting = this.#deadline.whenPassed(() => this.#writeOff(), { runningTimeOnly: true });
    this.#end();
  }

  /** It has ended. */
  ended(): void {
    this.#over = true;
    this.#stopWaiting();
  }

  #end(): void {
    if (!this.#over && !this.#options.end()) setTimeout(() => this.#end(), retryInterval);
  }

  #writeOff(): void {
    this.#over = true;
    process.emitWarning(
      `${this.#options.name} cannot be ended: it is inside native code or a synchronous system call. It is given up, ` +
        "and holds the program until that returns. Processes can always be ended.",
      { type: "WorkerWarning", code: "CF_THREAD_STUCK" },
    );
    this.#options.writtenOff();
  }
}
