import { runCallback } from "@concurrent-futures/core/callbacks";
import type { OutputListener, WorkerOutputOption } from "../output.ts";
import { OutputLines } from "../output-lines.ts";
import type { OutputMessage } from "../wire-notes.ts";

const streams = ["stdout", "stderr"] as const;

/** Makes lines of what the workers of a pool print, and hands them on. */
export class WorkerOutput {
  readonly #listener: OutputListener;
  readonly #lines: Map<number, OutputLines> = new Map();

  constructor(output: Exclude<WorkerOutputOption, "inherit">) {
    this.#listener = typeof output === "function" ? output : forward;
  }

  take(workerId: number, { stream, text, task }: OutputMessage): void {
    let lines = this.#lines.get(workerId);
    if (lines === undefined) {
      lines = new OutputLines();
      this.#lines.set(workerId, lines);
    }
    for (const line of lines.take(stream, text)) this.#line(line, workerId, stream, task);
  }

  /** A worker is gone: what has no end will get none. */
  ended(workerId: number): void {
    const lines = this.#lines.get(workerId);
    this.#lines.delete(workerId);
    for (const stream of streams)
      for (const line of lines?.end(stream) ?? []) this.#line(line, workerId, stream, undefined);
  }

  #line(line: string, workerId: number, stream: "stdout" | "stderr", task: string | undefined): void {
    runCallback<string>(() => this.#listener(line, { workerId, task, stream }), "a line of a worker");
  }
}

const forward: OutputListener = (line, { stream }) => {
  process[stream].write(`${line}\n`);
};

/**
 * What becomes of output where nobody has said it. Processes would write into a terminal past this one, and tear bars that stand there:
 * so what they print goes through this process, as that of threads does.
 */
export function defaultOutput(kind: "thread" | "spawn"): "inherit" | "pipe" {
  if (kind === "thread") return "inherit";
  // Not by node:tty: it loads sockets, which a program of threads may never need.
  return process.stdout.isTTY || process.stderr.isTTY ? "pipe" : "inherit";
}
