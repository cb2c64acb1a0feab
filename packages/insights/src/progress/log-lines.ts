import { numbers, shareOf } from "./line.ts";
import type { Meter } from "./meter.ts";
import type { CheckedProgressOptions } from "./options.ts";

/** Milliseconds between two lines when there is no total. */
const lineEvery = 30_000;

/** Progress in whole lines, for what is not a terminal. Gives what is to be called at the end. */
export function logLines(meter: Meter, options: CheckedProgressOptions): () => void {
  const { stream, label, format, interval } = options;
  let tenth = 0;
  let next = lineEvery;
  const write = (): void => {
    const text = numbers(meter.stats, meter.rate, meter.end);
    const line = meter.formatted(format) ?? (label === "" ? text : `${label} ${text}`);
    stream.write(`${line}\n`);
  };
  const timer = setInterval(() => {
    const { stats } = meter;
    const share = shareOf(stats);
    const now = share === undefined ? 0 : Math.floor(share * 10);
    if (share === undefined ? stats.elapsed < next : now <= tenth) return;
    tenth = now;
    next = stats.elapsed + lineEvery;
    // The last line tells the end as well.
    if (now < 10) write();
  }, interval);
  timer.unref();
  return () => {
    clearInterval(timer);
    write();
  };
}
