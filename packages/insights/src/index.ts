export { Dashboard, type DashboardOptions } from "./dashboard/index.ts";
export {
  type Counted,
  type ProgressMode,
  type ProgressOptions,
  type ProgressStats,
  type ProgressStream,
  progress,
} from "./progress/index.ts";
export {
  type LastCall,
  type Recordable,
  Recorder,
  type RecorderOptions,
  type RecorderStats,
  type Recording,
  type Segment,
  type SlowCall,
  type TransferStats,
  type UnreadStats,
  type Verdict,
  type VerdictCode,
  verdicts,
} from "./recorder/index.ts";
