import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
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

  /**
   * @param node - another version of Node.
   * @param options.nodeOptions - for it and the processes of its pool.
   * @param options.stderr - `"ignore"` for one that dies loudly.
   */
  static async start(
    worker: WorkerOptions,
    node: string = process.execPath,
    options: { readonly nodeOptions?: string; readonly stderr?: "inherit" | "ignore" } = {},
  ): Promise<WorkerProcess> {
    const { nodeOptions, stderr = "inherit" } = options;
    const env = nodeOptions === undefined ? process.env : { ...process.env, NODE_OPTIONS: nodeOptions };
    const child = spawn(node, [program, JSON.stringify(worker)], {
      env,
      stdio: ["ignore", "pipe", stderr],
      detached: true,
    });
    for await (const line of createInterface(child.stdout)) if (line === "ready") break;
    return new WorkerProcess(child);
  }

  /** Bytes that its process takes, without those of its pool. */
  memory(): number {
    const [, pages] = readFileSync(`/proc/${this.#child.pid}/statm`, "utf8").split(" ");
    return Number(pages) * 4_096;
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
