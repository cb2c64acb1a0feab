import type { Recording } from "./recorder.ts";

/** One entry of a trace; times are microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A trace file. Viewers leave `otherData` alone; `concurrent-futures show` reads it. */
export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly otherData: Omit<Recording, "segments">;
}

/** A recording in the trace format of Chrome, which Perfetto reads: a thread per worker. */
export function chromeTrace({ segments, ...otherData }: Recording): ChromeTrace {
  const { began } = otherData;
  const workers = [...new Set(segments.map(({ workerId }) => workerId))].sort((a, b) => a - b);
  const names = workers.map(
    (tid): TraceEvent => ({ name: "thread_name", ph: "M", pid: 1, tid, args: { name: `worker ${tid}` } }),
  );
  // Two clocks, and numbers that are rounded: a segment never begins before the one before it on its thread has ended.
  const ends = new Map<number, number>();
  const calls = segments
    .toSorted((a, b) => a.from - b.from)
    .map((segment): TraceEvent => {
      const tid = segment.workerId;
      const ts = Math.max(
        Math.round((segment.from - began) * 1000),
        ends.get(tid) ?? Number.NEGATIVE_INFINITY,
      );
      const end = Math.max(ts, Math.round((segment.to - began) * 1000));
      ends.set(tid, end);
      const args = { calls: segment.calls, failed: segment.failed };
      return { name: segment.function, ph: "X", pid: 1, tid, ts, dur: end - ts, args };
    });
  return { traceEvents: [...names, ...calls], otherData };
}
