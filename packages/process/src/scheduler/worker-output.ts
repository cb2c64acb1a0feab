import { runCallback } from "@concurrent-futures/core/callbacks";
import type { OutputListener, WorkerOutputOption } from "../output.ts";
import type { OutputMessage } from "../wire-notes.ts";

/** Characters of a line at which it is handed on though it has no end. */
const longestLine = 1_000_000;

const streams = ["stdout", "stderr"] as const;

/** Makes lines of what the workers of a pool print, and hands them on. */
export class WorkerOutput {
  readonly #listener: OutputListener;
  // Lines without an end, by worker and stream.
  readonly #rests: Map<string, string> = new Map();

  constructor(output: Exclude<WorkerOutputOption, "inherit">) {
    this.#listener = typeof output === "function" ? output : forward;
  }

  take(workerId: number, { stream, text, task }: OutputMessage): void {
    const key = `${workerId} ${stream}`;
    const lines = ((this.#rests.get(key) ?? "") + text).split("\n");
    let rest = lines.pop() ?? "";
    if (rest.length > longestLine) {
      lines.push(rest);
      rest = "";
    }
    if (rest === "") this.#rests.delete(key);
    else this.#rests.set(key, rest);
    for (const line of lines) this.#line(line, workerId, stream, task);
  }

  /** A worker is gone: what has no end will get none. */
  ended(workerId: number): void {
    for (const stream of streams) {
      const key = `${workerId} ${stream}`;
      const rest = this.#rests.get(key);
      this.#rests.delete(key);
      if (rest !== undefined) this.#line(rest, workerId, stream, undefined);
    }
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
