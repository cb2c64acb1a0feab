export type { ResourceLimits } from "./host/worker-host.ts";
export type { ProcessPoolOptions } from "./options.ts";
export { ProcessPoolExecutor } from "./process-pool-executor.ts";
export type { Percentiles, PoolStats } from "./stats.ts";
