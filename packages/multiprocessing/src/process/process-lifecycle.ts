import { constants } from "node:os";
import { ValueError } from "@concurrent-futures/core";
import type { Deadline } from "@concurrent-futures/core/deadline";
import { AssertionError } from "../errors.ts";
import type { Child } from "./child.ts";
import { Sentinel } from "./sentinel.ts";

/** Where a process is in its life, as this side sees it; `current` is the one in which we are. */
export type ProcessState = "initial" | "started" | "stopped" | "closed" | "current";

/** A process's life: from its start to its end, and who waits for that. */
export class ProcessLifecycle {
  #state: ProcessState;
  #child: Child | undefined;
  #daemon = false;
  #exitcode: number | null = null;
  #sentinel: Sentinel | undefined;
  readonly #waiting: Set<() => void> = new Set();

  constructor(state: "initial" | "current") {
    this.#state = state;
  }

  get state(): ProcessState {
    return this.#state;
  }

  get exitcode(): number | null {
    return this.#exitcode;
  }

  get child(): Child | undefined {
    return this.#child;
  }

  /** The child, if it runs. @throws AssertionError when it was never started here */
  get running(): Child | undefined {
    if (this.#child === undefined)
      throw new AssertionError("Only a child that was started can be ended: call start() first.");
    return this.#state === "started" ? this.#child : undefined;
  }

  /** @throws ValueError after {@link close} */
  assertOpen(): void {
    if (this.#state === "closed") throw new ValueError("process object is closed");
  }

  begin(child: Child, daemon: boolean): void {
    this.#child = child;
    this.#daemon = daemon;
    this.#state = "started";
  }

  end(code: number): void {
    this.#exitcode = code;
    this.#state = "stopped";
    for (const done of this.#waiting) done();
  }

  /** @throws ValueError while it runs */
  close(): void {
    if (this.#state === "started") {
      throw new ValueError(
        "Cannot close a process while it is still running. You should first call join() or terminate().",
      );
    }
    this.#state = "closed";
    this.#child = undefined;
  }

  /** @throws AssertionError when there is nothing to wait for */
  async join(deadline: Deadline): Promise<void> {
    if (this.#state === "current") throw new AssertionError("can only join a child process");
    if (this.#state === "initial") throw new AssertionError("can only join a started process");
    if (!deadline.passed) await this.#whenOver((done) => deadline.whenPassed(done));
  }

  /** @throws ValueError when it was never started here */
  get sentinel(): Sentinel {
    if (this.#child === undefined) throw new ValueError("process not started");
    this.#sentinel ??= new Sentinel(
      () => this.#state !== "started",
      (signal) =>
        this.#whenOver((done) => {
          signal.addEventListener("abort", done, { once: true });
          return () => signal.removeEventListener("abort", done);
        }),
    );
    return this.#sentinel;
  }

  toString(): string {
    const pid = this.#child === undefined ? "" : `pid=${this.#child.pid} `;
    const exit = this.#exitcode === null ? "" : ` exitcode=${signalName(this.#exitcode) ?? this.#exitcode}`;
    return `${pid}${this.#state}${exit}`;
  }

  /** Resolves at its end, or when what `orWhen` was given is called; `orWhen` gives what calls that off. */
  #whenOver(orWhen: (done: () => void) => () => void): Promise<void> {
    if (this.#state !== "started") return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(done);
        if (this.#waiting.size === 0 && this.#daemon) this.#child?.unref();
        resolve();
      };
      const cancel = orWhen(done);
      this.#waiting.add(done);
      this.#child?.ref();
    });
  }
}

/** `"-SIGTERM"` for -15. */
function signalName(exitcode: number): string | undefined {
  const found = Object.entries(constants.signals).find(([, number]) => number === -exitcode);
  return found && `-${found[0]}`;
}
