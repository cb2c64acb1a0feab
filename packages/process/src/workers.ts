/**
 * What `@concurrent-futures/multiprocessing` and `distributed` use of this package, at exactly this version. Not for users.
 */

export { assertBootstrapped } from "./bootstrapping.ts";
export { FrameReader, frame } from "./frames.ts";
export { childArguments, threadArguments } from "./host/child-arguments.ts";
export { ForwardedStream } from "./host/forwarded-stream.ts";
export { hasEnded } from "./host/has-ended.ts";
export { hostKind } from "./host/host-kind.ts";
export { ownEntry, startOwnProcess, startOwnThread } from "./host/own-program.ts";
export { registerThread } from "./host/thread-registry.ts";
export { ThreadTermination } from "./host/thread-termination.ts";
export type { HostDeath, HostEvents, HostKind, HostOptions, WorkerHost } from "./host/worker-host.ts";
export { asParent, type Identity, identify, identity } from "./identity.ts";
export { keepTemporaryFolder, removeTemporaryFolder } from "./kept-folder.ts";
export { ModuleLoadLock } from "./module-load-lock.ts";
export { checkOutput, type WorkerOutputOption } from "./output.ts";
export { OutputLines } from "./output-lines.ts";
export { withoutExecutors } from "./pool-handles.ts";
export { findProcessMemory, type ProcessMemory } from "./process-memory.ts";
export type { JobOptions } from "./scheduler/map-job.ts";
export type { MapReader } from "./scheduler/map-reader.ts";
export { Failure } from "./scheduler/map-results.ts";
export { Scheduler } from "./scheduler/scheduler.ts";
export type { Task } from "./scheduler/task.ts";
export type { SchedulerOptions } from "./scheduler/worker-pool-options.ts";
export { requireNode } from "./supported-runtime.ts";
