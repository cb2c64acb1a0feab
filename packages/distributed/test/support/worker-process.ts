import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "@concurrent-futures/distributed";

const program = fileURLToPath(new URL("../fixtures/worker-process.mjs", import.meta.url));

/** A worker in a process of its own: it can be killed and frozen as a machine can. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param node - another version of Node. */
  static async start(options: WorkerOptions, node: string = process.execPath): Promise<WorkerProcess> {
    const child = spawn(node, [program, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    for await (const line of createInterface(child.stdout)) if (line === "ready") break;
    return new WorkerProcess(child);
  }

  /** The whole machine: the worker and the processes of its pool. */
  signal(name: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(-(this.#child.pid as number), name);
    }
  }

  async kill(): Promise<void> {
    const exited = this.#child.exitCode !== null || this.#child.signalCode !== null;
    const exit = exited ? undefined : once(this.#child, "exit");
    this.signal("SIGCONT");
    this.signal("SIGKILL");
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
