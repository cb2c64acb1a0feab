/**
 * What `@concurrent-futures/multiprocessing` uses of this package, at exactly this version. Not for users.
 */
export { hostKind } from "./host/host-kind.ts";
export type { HostDeath, HostEvents, HostKind, HostOptions, WorkerHost } from "./host/worker-host.ts";
export type { JobOptions, MapJob } from "./scheduler/map-job.ts";
export { Failure } from "./scheduler/results.ts";
export { Scheduler, type SchedulerOptions } from "./scheduler/scheduler.ts";
export type { Task } from "./scheduler/task.ts";
