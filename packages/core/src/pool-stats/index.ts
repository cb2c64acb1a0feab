export { CallMetrics } from "./call-metrics.ts";
export { Distribution } from "./distribution.ts";
export { checkPoolStatsOptions } from "./options.ts";
export type {
  DescribedStats,
  FunctionStats,
  Percentiles,
  PoolStats,
  PoolStatsOptions,
  SentAgainStats,
  SharedStats,
  Summary,
  WorkerStats,
} from "./pool-stats.ts";
export type { WorkerRecord } from "./worker-record.ts";
