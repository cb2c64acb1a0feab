import { ArgumentTypeError, type MapEnd, type MapStats, ValueError } from "@concurrent-futures/core";
import {
  checkBoolean,
  checkFunction,
  checkOptions,
  checkString,
  describeValue,
} from "@concurrent-futures/core/options";

/** What `map`, `mapUnordered`, `starmap`, `asCompleted`, `imap` and `mapAsync` give, as far as a bar is concerned. */
export interface Counted {
  stats(): MapStats;
  /** How much of its running calls is done, in calls, as they say by `currentTask().reportProgress`. */
  underWay?(): number;
  addDoneCallback(fn: (end: MapEnd) => void): void;
}

/** Where bars and lines go: `process.stderr`, `process.stdout`, or anything that can be written to. */
export interface ProgressStream {
  write(chunk: string | Uint8Array, ...rest: never[]): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const modes = ["auto", "bar", "log", "off"] as const;

/** How progress is shown. */
export type ProgressMode = (typeof modes)[number];

/** The counts, and the milliseconds since `progress` was called. */
export interface ProgressStats extends MapStats {
  /** How much of the running calls is done, in calls: two that are half done make 1. */
  readonly underWay: number;
  readonly elapsed: number;
}

/** The second argument of `progress`. */
export interface ProgressOptions {
  /** What stands before the numbers. @default nothing */
  readonly label?: string;
  /** How many calls there are, where the work does not know it, as with a generator. @default `stats().total` */
  readonly total?: number;
  /**
   * `"bar"` redraws one line; `"log"` writes a line per tenth, or every 30 seconds without a total; `"off"` writes nothing.
   * `"auto"` is `"bar"` in a terminal, and `"off"` elsewhere, with `TERM=dumb`, and when `CI` is set. The environment
   * variable `CONCURRENT_FUTURES_PROGRESS` overrides it.
   * @default "auto"
   */
  readonly mode?: ProgressMode;
  /** @default process.stderr */
  readonly stream?: ProgressStream;
  /** Milliseconds between two looks at the counts. @default 100 */
  readonly interval?: number;
  /** Whether the bar stays on the screen when the work is over. @default true */
  readonly keep?: boolean;
  /** Gives the line in place of the built-in one; what does not fit is cut off. */
  readonly format?: (stats: ProgressStats) => string;
}

/** The options as the rest of the package uses them. */
export interface CheckedProgressOptions {
  readonly label: string;
  readonly total: number | undefined;
  readonly mode: Exclude<ProgressMode, "auto">;
  readonly stream: ProgressStream;
  readonly interval: number;
  readonly keep: boolean;
  readonly format: ((stats: ProgressStats) => string) | undefined;
}

const known = ["label", "total", "mode", "stream", "interval", "keep", "format"] as const;

/** @throws ArgumentTypeError, ValueError for wrong options, or a wrong `CONCURRENT_FUTURES_PROGRESS` */
export function checkProgressOptions(options: ProgressOptions): CheckedProgressOptions {
  checkOptions("options", options, known);
  const { label = "", total, mode = "auto", interval = 100, keep = true, format } = options;
  const stream: ProgressStream = options.stream ?? process.stderr;
  checkString("label", label);
  if (total !== undefined && !(typeof total === "number" && Number.isSafeInteger(total) && total >= 0))
    throw new ValueError(
      `Expected \`total\` to be a whole number that is not negative, got ${describeValue(total)}.`,
    );
  if (typeof interval !== "number" || !(interval > 0) || interval > 2 ** 31 - 1)
    throw new ValueError(
      `Expected \`interval\` to be milliseconds, more than 0 and less than 2 ** 31, got ${describeValue(interval)}.`,
    );
  checkBoolean("keep", keep);
  if (format !== undefined) checkFunction("format", format);
  if (typeof stream !== "object" || stream === null || typeof stream.write !== "function")
    throw new ArgumentTypeError(
      `Expected \`stream\` to be a stream that can be written to, got ${describeValue(stream)}.`,
    );
  checkMode("`mode`", mode);
  const { CONCURRENT_FUTURES_PROGRESS: override } = process.env;
  if (override) checkMode("the environment variable CONCURRENT_FUTURES_PROGRESS", override);
  const wanted = (override || mode) as ProgressMode;
  return {
    label: label.replaceAll(/\p{Cc}+/gu, " ").trim(),
    total,
    mode: wanted === "auto" ? automatic(stream) : wanted,
    stream,
    interval,
    keep,
    format,
  };
}

function checkMode(name: string, mode: unknown): void {
  if (!modes.includes(mode as ProgressMode))
    throw new ValueError(`Expected ${name} to be one of ${modes.join(", ")}, got ${describeValue(mode)}.`);
}

function automatic(stream: ProgressStream): "bar" | "off" {
  const { TERM, CI } = process.env;
  return stream.isTTY === true && TERM !== "dumb" && (CI === undefined || CI === "") ? "bar" : "off";
}
