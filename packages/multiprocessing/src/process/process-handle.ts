import { threadId as ownThreadId } from "node:worker_threads";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import type { ProcessLifecycle } from "./process-lifecycle.ts";
import { processState } from "./process-state.ts";
import type { Sentinel } from "./sentinel.ts";

/** How long a process that was told to end at the end of a block may take, in milliseconds. */
const terminationGrace = 500;

/** What can be seen of a process, and done to it, from where it was started. */
export abstract class ProcessHandle implements AsyncDisposable {
  /** For those that start it. */
  protected get lifecycle(): ProcessLifecycle {
    return processState(this).lifecycle;
  }

  /**
   * Resolves when it has ended, or the time is up: `exitcode` tells which. It keeps this process alive, also for a daemon.
   *
   * @param timeout - milliseconds; `undefined` waits forever, 0 or less does not wait.
   * @throws AssertionError before `start()`; ValueError after {@link close}; all by rejection.
   */
  async join(timeout?: number): Promise<void> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    this.lifecycle.assertOpen();
    await this.lifecycle.join(deadline);
  }

  /** Whether it runs. @throws ValueError after {@link close} */
  isAlive(): boolean {
    this.lifecycle.assertOpen();
    return this.lifecycle.state === "started" || this.lifecycle.state === "current";
  }

  /** Ends it: a process by SIGTERM, a thread at once. What it holds open is not cleaned up. Does nothing when it has ended. */
  terminate(): void {
    this.lifecycle.assertOpen();
    this.lifecycle.running?.terminate();
  }

  /** As {@link terminate}, whatever it does: a process by SIGKILL. */
  kill(): void {
    this.lifecycle.assertOpen();
    this.lifecycle.running?.kill();
  }

  /**
   * As Ctrl-C would: SIGINT. Its `process.on("SIGINT")` listeners run; without any it ends, with exit code -2 (in Python 1, or
   * -2). A thread without listeners is ended too, as is one that has not turned its event loop within half a second.
   */
  interrupt(): void {
    this.lifecycle.assertOpen();
    this.lifecycle.running?.interrupt();
  }

  /**
   * Says that it is not needed any more: afterwards only its name can be asked for. A second time does nothing.
   *
   * @throws ValueError while it runs
   */
  close(): void {
    this.lifecycle.close();
  }

  /** Leaving an `await using` block: terminates it if it runs, or else kills it, and waits for its end. Python has no such block. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.lifecycle.state !== "started") return;
    this.terminate();
    await this.join(terminationGrace);
    this.kill();
    await this.join();
  }

  /** The id of its process; for a thread that of this process, which it is in. `null` before `start()`. @throws ValueError after {@link close} */
  get pid(): number | null {
    this.lifecycle.assertOpen();
    return this.lifecycle.state === "current" ? globalThis.process.pid : (this.lifecycle.child?.pid ?? null);
  }

  /** The same as {@link pid}, as in Python. */
  get ident(): number | null {
    return this.pid;
  }

  /** Node's number of its thread; 0 for a process, `null` before `start()`. */
  get threadId(): number | null {
    this.lifecycle.assertOpen();
    return this.lifecycle.state === "current" ? ownThreadId : (this.lifecycle.child?.threadId ?? null);
  }

  /**
   * `null` while it runs; then its exit code: 0, what `process.exit(code)` said, 1 after an uncaught error, 13 when its last
   * promise could never settle, or minus the number of the signal that ended it: -15 after {@link terminate}, -9 after
   * {@link kill}, for threads too.
   *
   * @throws ValueError after {@link close}
   */
  get exitcode(): number | null {
    this.lifecycle.assertOpen();
    return this.lifecycle.exitcode;
  }

  /** For `wait(objects)`: ready when it has ended. @throws ValueError before `start()` and after {@link close} */
  get sentinel(): Sentinel {
    this.lifecycle.assertOpen();
    return this.lifecycle.sentinel;
  }
}
