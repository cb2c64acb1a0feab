export { Connection } from "./connection/connection.ts";
export { wait } from "./connection/wait.ts";
export type { Readiness, Waitable } from "./connection/waitable.ts";
export {
  AssertionError,
  AuthenticationError,
  BrokenBarrierError,
  BrokenPipeError,
  BufferTooShort,
  Empty,
  EOFError,
  FileExistsError,
  FileNotFoundError,
  Full,
  IndexError,
  LockAbandonedError,
  MaybeEncodingError,
  OSError,
  ProcessError,
  RemoteError,
  TimeoutError,
} from "./errors.ts";
export { AsyncResult, MapResult, type ResultCallbacks } from "./pool/async-result.ts";
export { IMapIterator } from "./pool/imap-iterator.ts";
export type { PoolOptions } from "./pool/options.ts";
export { type MapAsyncOptions, Pool } from "./pool/pool.ts";
export { JoinableQueue } from "./queues/joinable-queue.ts";
export { Queue } from "./queues/queue.ts";
export { SimpleQueue } from "./queues/simple-queue.ts";
export { getAllStartMethods, getStartMethod, type StartMethod, setStartMethod } from "./start-method.ts";
export { Barrier, type BarrierAction } from "./sync/barrier.ts";
export { Condition } from "./sync/condition.ts";
export { Event } from "./sync/event.ts";
export type { Guard, Guarded } from "./sync/guarded.ts";
export { Lock } from "./sync/lock.ts";
export { RLock } from "./sync/rlock.ts";
export { BoundedSemaphore, Semaphore } from "./sync/semaphore.ts";
