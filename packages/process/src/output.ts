import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";

/** Which worker and task printed a line, and to which stream. */
export interface OutputSource {
  readonly workerId: number;
  /** The name of the call that printed it; undefined for what is printed outside of calls, and by native code. */
  readonly task: string | undefined;
  readonly stream: "stdout" | "stderr";
}

/** Given each line that a worker prints, without its end. */
export type OutputListener = (line: string, source: OutputSource) => void;

/** What becomes of that which workers print. */
export type WorkerOutputOption = "inherit" | "pipe" | OutputListener;

/** @throws ArgumentTypeError, ValueError */
export function checkOutput(output: unknown): void {
  if (output === undefined || typeof output === "function") return;
  if (typeof output !== "string")
    throw new ArgumentTypeError(
      `Expected \`output\` to be "inherit", "pipe" or a function, got ${describeValue(output)}.`,
    );
  if (output !== "inherit" && output !== "pipe")
    throw new ValueError(
      `Expected \`output\` to be "inherit", "pipe" or a function, got ${describeValue(output)}.`,
    );
}
