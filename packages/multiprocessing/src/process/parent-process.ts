import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { identity } from "@concurrent-futures/process/workers";
import { showsAsText } from "../transfer.ts";
import { childInfo } from "./child-info.ts";

/** Whether the watchdog of this process has seen the parent go. */
let gone = false;
let parent: ParentProcess | null | undefined;

/** The process that started this one, as far as it can be seen from here. */
export class ParentProcess {
  readonly name: string;
  /** The process that it is, or in which it is a thread. */
  readonly pid: number;

  constructor(name: string, pid: number) {
    this.name = name;
    this.pid = pid;
  }

  /** The same as {@link pid}, as in Python. */
  get ident(): number {
    return this.pid;
  }

  /** Whether it still runs. A thread never outlives its parent. */
  isAlive(): boolean {
    return !gone && (this.pid === process.pid || this.pid === process.ppid);
  }

  /**
   * Resolves when it has ended or the time is up. This process is ended too when that happens; there is a moment for
   * `SIGTERM` listeners.
   *
   * @param timeout - milliseconds; `undefined` waits forever.
   */
  async join(timeout?: number): Promise<void> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    if (!this.isAlive() || deadline.passed) return;
    await new Promise<void>((resolve) => {
      const cancel = deadline.whenPassed(done);
      // Neither a thread's parent nor the watchdog keeps this one alive.
      const hold = setInterval(() => {}, 2 ** 31 - 1);
      void childInfo()?.parentGone?.then(done);
      function done(): void {
        cancel();
        clearInterval(hold);
        resolve();
      }
    });
  }

  toString(): string {
    return `<ParentProcess name='${this.name}' pid=${this.pid}>`;
  }

  static {
    showsAsText(ParentProcess);
  }
}

/**
 * The process that started this one; `null` in the main one (Python: `parent_process`). In a worker of a pool it is the one that made the
 * pool.
 *
 * @example
 * ```ts
 * if (parentProcess() === null) await main();
 * ```
 */
export function parentProcess(): ParentProcess | null {
  if (parent === undefined) {
    const known = identity()?.parent;
    parent = known === undefined ? null : new ParentProcess(known.name, known.pid);
    void childInfo()?.parentGone?.then(() => {
      gone = true;
    });
  }
  return parent;
}
