import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { OutputMessage } from "../wire-notes.ts";
import { ForwardedStream } from "./forwarded-stream.ts";
import type { HostOptions } from "./worker-host.ts";

type OutputOptions = Pick<HostOptions, "captureOutput" | "keepStderr">;

/** Where a process writes: as this one does, or into pipes. */
export function outputStdio({
  captureOutput,
  keepStderr,
}: OutputOptions): ["inherit" | "pipe", "inherit" | "pipe"] {
  return [captureOutput ? "pipe" : "inherit", captureOutput || keepStderr ? "pipe" : "inherit"];
}

/**
 * What a process writes to the descriptors of its output: all that native code and Node itself say, since what its JavaScript prints comes
 * by messages when it is captured.
 */
export class ChildOutput {
  readonly #stdout: ForwardedStream | undefined;
  readonly #stderr: ForwardedStream | undefined;

  constructor(
    { stdout, stderr }: ChildProcess,
    { captureOutput }: OutputOptions,
    hand: (message: OutputMessage) => void,
  ) {
    const forwarded = (stream: "stdout" | "stderr", source: unknown): ForwardedStream =>
      new ForwardedStream(source as Socket, (text) => {
        if (captureOutput) hand({ kind: "output", stream, text });
        else process[stream].write(text);
      });
    if (stdout !== null) this.#stdout = forwarded("stdout", stdout);
    if (stderr !== null) this.#stderr = forwarded("stderr", stderr);
  }

  /** Takes what has arrived, without the event loop. */
  readNow(): void {
    this.#stdout?.readNow();
    this.#stderr?.readNow();
  }

  /** What it wrote last to its standard error, if that comes here and it wrote anything. */
  lastWords(): { readonly stderr?: string } {
    this.readNow();
    const stderr = this.#stderr?.end ?? "";
    return stderr === "" ? {} : { stderr };
  }
}
