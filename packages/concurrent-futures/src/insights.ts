export {
  Dashboard,
  type DashboardOptions,
  type Recordable,
  Recorder,
  type RecorderOptions,
  type RecorderStats,
  type Recording,
  type Segment,
  type SlowCall,
  type Verdict,
  type VerdictCode,
  verdicts,
} from "@concurrent-futures/insights";
