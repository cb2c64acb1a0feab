import { runCallback } from "@concurrent-futures/core/callbacks";
import { OutputLines } from "@concurrent-futures/process/workers";

/** Which process printed a line, and to which stream. */
export interface ProcessOutputSource {
  /** The name of the `Process`. */
  readonly name: string;
  readonly stream: "stdout" | "stderr";
}

/** What becomes of that which a `Process` prints. */
export type ProcessOutput = "inherit" | "pipe" | ((line: string, source: ProcessOutputSource) => void);

const streams = ["stdout", "stderr"] as const;

/** Hands on what a `Process` prints, line by line. */
export class ProcessPrinter {
  readonly #name: string;
  readonly #output: Exclude<ProcessOutput, "inherit">;
  readonly #lines: OutputLines = new OutputLines();

  constructor(name: string, output: Exclude<ProcessOutput, "inherit">) {
    this.#name = name;
    this.#output = output;
  }

  take(stream: "stdout" | "stderr", text: string): void {
    for (const line of this.#lines.take(stream, text)) this.#hand(stream, line);
  }

  /** It has ended. */
  end(): void {
    for (const stream of streams) for (const line of this.#lines.end(stream)) this.#hand(stream, line);
  }

  #hand(stream: "stdout" | "stderr", line: string): void {
    const output = this.#output;
    if (output === "pipe") process[stream].write(`${line}\n`);
    else runCallback<string>(() => output(line, { name: this.#name, stream }), "a line of a process");
  }
}
