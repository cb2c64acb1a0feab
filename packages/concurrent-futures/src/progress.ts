export {
  type Counted,
  type ProgressMode,
  type ProgressOptions,
  type ProgressStats,
  type ProgressStream,
  progress,
} from "@concurrent-futures/insights/progress";
