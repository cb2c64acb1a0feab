export type {
  FunctionStats,
  Percentiles,
  PoolStats,
  PoolStatsOptions,
  SharedStats,
  Summary,
  WorkerStats,
} from "@concurrent-futures/core/pool-stats";
export type { ResourceLimits } from "./host/worker-host.ts";
export type { ProcessPoolOptions } from "./options.ts";
export type { OutputListener, OutputSource, WorkerOutputOption } from "./output.ts";
export { ProcessPoolExecutor } from "./process-pool-executor.ts";
export { type ResourceOptions, resource } from "./resource.ts";
export { share } from "./share.ts";
