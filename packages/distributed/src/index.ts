export type { QueueOptions } from "./options.ts";
export type { WorkerInfo } from "./presence/worker-info.ts";
export { DistributedExecutor } from "./submit/executor.ts";
export type { DistributedOptions } from "./submit/options.ts";
export type { WorkerOptions } from "./worker/options.ts";
export { type DistributedWorker, startWorker } from "./worker/worker.ts";
