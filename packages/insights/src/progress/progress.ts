import { ArgumentTypeError, asCompleted, type Future } from "@concurrent-futures/core";
import { describeValue, isIterable } from "@concurrent-futures/core/options";
import { showBar } from "./display.ts";
import { logLines } from "./log-lines.ts";
import { Meter } from "./meter.ts";
import {
  type CheckedProgressOptions,
  type Counted,
  checkProgressOptions,
  type ProgressOptions,
} from "./options.ts";

/**
 * Shows how far a map or some futures have come: a bar in a terminal, nothing elsewhere unless a `mode` says so (Python:
 * `tqdm` or `mpire`'s progress bar). It counts calls that have ended, not results that were read, so it moves while the
 * first call is slow and with `toArray()`. What the program and its worker threads print goes above the bar.
 *
 * @param work - what a map, `imap`, `mapAsync` or `asCompleted` gives; it comes back as it is. Or futures: then a promise
 * comes back that resolves when all have ended, however.
 * @throws ArgumentTypeError, ValueError for wrong arguments.
 * @example
 * ```ts
 * for await (const page of progress(pool.map(render, urls), { label: "render" })) save(page);
 * await progress([pool.submit(render, urls[0]), pool.submit(render, urls[1])]);
 * ```
 */
export function progress<W extends Counted>(work: W, options?: ProgressOptions): W;
export function progress(work: Iterable<Future<unknown>>, options?: ProgressOptions): Promise<void>;
export function progress(
  work: Counted | Iterable<Future<unknown>>,
  options: ProgressOptions = {},
): Counted | Promise<void> {
  const checked = checkProgressOptions(options);
  if (isCounted(work)) {
    follow(work, checked);
    return work;
  }
  if (!isIterable(work) || typeof work === "string") {
    throw new ArgumentTypeError(
      `Expected \`work\` to be the result of map or asCompleted, or an iterable of futures, got ${describeValue(work)}.`,
    );
  }
  const completed = asCompleted(work as Iterable<Future<unknown>>);
  follow(completed, checked);
  return readAll(completed);
}

function follow(work: Counted, options: CheckedProgressOptions): void {
  if (options.mode === "off") return;
  const meter = new Meter(work, options);
  const ended = options.mode === "bar" ? showBar(meter, options) : logLines(meter, options);
  work.addDoneCallback((end) => {
    meter.stop(end);
    ended();
  });
}

function isCounted(work: unknown): work is Counted {
  return (
    typeof work === "object" &&
    work !== null &&
    typeof (work as Counted).stats === "function" &&
    typeof (work as Counted).addDoneCallback === "function"
  );
}

async function readAll(completed: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of completed);
}
