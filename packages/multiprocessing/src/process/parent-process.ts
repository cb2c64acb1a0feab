import type { Worker } from "node:worker_threads";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { identity } from "@concurrent-futures/process/workers";
import { showsAsText } from "../travel.ts";

/** The watchdog's thread, which says when the parent is gone; there is one only in processes. */
let watcher: Worker | undefined;
let gone = false;

/** Hears from the watchdog of this process. */
export function watchParent(worker: Worker): void {
  watcher = worker;
  worker.once("message", () => {
    gone = true;
  });
  worker.unref();
}

/** Who started this process, as far as it can be seen from here. */
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
   * @param timeout - milliseconds; `undefined` waits for ever.
   */
  async join(timeout?: number): Promise<void> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    if (!this.isAlive() || deadline.passed) return;
    await new Promise<void>((resolve) => {
      const cancel = deadline.whenPassed(done);
      // Neither a thread's parent nor the watchdog keeps this one alive.
      const hold = setInterval(() => {}, 2 ** 31 - 1);
      watcher?.once("message", done);
      function done(): void {
        cancel();
        clearInterval(hold);
        watcher?.off("message", done);
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

let parent: ParentProcess | null | undefined;

/**
 * Who started this process; `null` in the main one (Python: `parent_process`). In a worker of a pool it is who made the
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
  }
  return parent;
}
