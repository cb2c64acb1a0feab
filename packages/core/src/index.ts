export { type Carrier, carry } from "./carry.ts";
export {
  ArgumentTypeError,
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
  CancelledError,
  type ErrorOptions,
  FuturesError,
  InvalidStateError,
  JobLostError,
  NoWorkersError,
  PayloadTooLargeError,
  RuntimeError,
  SerializationError,
  TimeoutError,
  ValueError,
  type WorkerDeath,
  WorkerLostError,
} from "./errors.ts";
export { currentTask, provideCurrentTask, type TaskContext, taskRandom } from "./executor/current-task.ts";
export { Executor, type ExecutorView } from "./executor/executor.ts";
export type { InitializerOptions } from "./executor/initializer-options.ts";
export { checkShutdownOptions, type ShutdownOptions } from "./executor/shutdown-options.ts";
export type { AnyFunction, ArgumentsOf, ReturnOf } from "./executor/signatures.ts";
export { TaskGroup, type TaskGroupOptions } from "./executor/task-group.ts";
export type { CallOptions, TaskOptions, Transferable } from "./executor/task-options.ts";
export { Future } from "./future/future.ts";
export type { CancelOptions, FutureOwner } from "./future/future-owner.ts";
export { type FutureState, transitions as futureTransitions } from "./future/states.ts";
export type { MapOrder } from "./map/future-source.ts";
export type { AnyIterable, Rows } from "./map/iterables.ts";
export { MapIterator, type MapSource } from "./map/map-iterator.ts";
export { Ending, type MapEnd, type MapStats } from "./map/map-stats.ts";
export type { MapOptions } from "./map/options.ts";
export type { Settled, SettledIterator } from "./map/settled.ts";
export { type AsCompletedOptions, asCompleted, type CompletedFutures } from "./wait/as-completed.ts";
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  type WaitOptions,
  type WaitResult,
  wait,
} from "./wait/wait.ts";
