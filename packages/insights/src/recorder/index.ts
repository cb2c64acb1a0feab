export type { LastCall } from "./last-call.ts";
export {
  type Recordable,
  Recorder,
  type RecorderOptions,
  type RecorderStats,
  type Recording,
} from "./recorder.ts";
export type { Segment } from "./segments.ts";
export type { TransferStats, UnreadStats } from "./sending.ts";
export type { SlowCall } from "./slowest-calls.ts";
export { type Verdict, type VerdictCode, verdicts } from "./verdicts.ts";
