import type { Recording } from "../recorder/recorder.ts";
import type { Segment } from "../recorder/segments.ts";

/** An entry of a trace, as far as it holds a segment. */
interface TracedSegment {
  readonly ph: string;
  readonly name: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly calls: number; readonly failed: number };
}

/**
 * The recording in the text of a report, of a trace, or of `JSON.stringify(recorder)`.
 *
 * @throws an error for any other text; what is missing in one that looks right is noticed by the code that reads it
 */
export function recordingOf(text: string): Recording {
  const [, inPage] = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(text) ?? [];
  const found = JSON.parse(inPage ?? text);
  return Array.isArray(found.traceEvents) ? ofTrace(found.traceEvents, found.otherData) : found;
}

function ofTrace(events: readonly TracedSegment[], rest: Omit<Recording, "segments">): Recording {
  const segments = events
    .filter(({ ph }) => ph === "X")
    .map(
      ({ name, tid, ts, dur, args }): Segment => ({
        workerId: tid,
        function: name,
        from: rest.began + ts / 1000,
        to: rest.began + (ts + dur) / 1000,
        calls: args.calls,
        failed: args.failed,
      }),
    );
  return { ...rest, segments };
}
