export type { Address } from "./connection/address.ts";
export type { Authkey } from "./connection/authkey-option.ts";
export { Client, type ClientOptions } from "./connection/client.ts";
export type { PythonPeers } from "./connection/handshake.ts";
export type { ByteChannel } from "./connection/handshake-messages.ts";
export type { ListenerOptions } from "./connection/listener.ts";
export type { ListenerLimits } from "./connection/listener-limits.ts";
export { answerChallenge, type DigestName, deliverChallenge } from "./connection/python-handshake.ts";
export { SocketConnection } from "./connection/socket-connection.ts";
export { wait } from "./connection/wait.ts";
export {
  Listener,
  Pool,
  Process,
  RawArray,
  RawValue,
  ShareableList,
  SharedMemory,
  ThreadPool,
} from "./context/classes.ts";
export {
  type Context,
  type ContextMethods,
  getContext,
  type SpawnContext,
  type ThreadContext,
} from "./context/context.ts";
export {
  Array,
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  JoinableQueue,
  Lock,
  Pipe,
  Queue,
  RLock,
  Semaphore,
  SharedArray,
  SimpleQueue,
  Value,
} from "./context/default.ts";
export type {
  ArrayMaker,
  JoinableQueueMaker,
  Maker,
  Primitives,
  QueueMaker,
  RawArrayMaker,
  RawValueMaker,
  SimpleQueueMaker,
  ValueMaker,
} from "./context/maker.ts";
export { Acquirable, type Guard } from "./contract/acquirable.ts";
export type { BarrierAction } from "./contract/barrier.ts";
export { type Bytes, Connection } from "./contract/connection.ts";
export type { InputOf, Typecode, ValueOf, ViewOf } from "./contract/typecodes.ts";
export type { Readiness, Waitable } from "./contract/waitable.ts";
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
  LimitError,
  LockAbandonedError,
  MaybeEncodingError,
  OSError,
  ProcessError,
  ReferenceLimitError,
  RemoteError,
  RequestLimitError,
  TimeoutError,
} from "./errors.ts";
export { AttributeError } from "./managers/attribute-error.ts";
export { KeyError } from "./managers/key-error.ts";
export type { ManagerLimits } from "./managers/limits.ts";
export type { Managed } from "./managers/managed.ts";
export { BaseManager } from "./managers/manager.ts";
export type { ManagerOptions, RegisterOptions, WithType } from "./managers/manager-options.ts";
export type { AsyncResultProxy, IteratorProxy, PoolProxy, PoolResults } from "./managers/pool-proxy.ts";
export type { BaseProxy, ProxyOf } from "./managers/proxy.ts";
export type { Server } from "./managers/server.ts";
export {
  type ArrayProxy,
  type BarrierProxy,
  type BoundedSemaphoreProxy,
  type ConditionProxy,
  type DictProxy,
  type EventProxy,
  type ListProxy,
  type LockProxy,
  Manager,
  type NamespaceProxy,
  type QueueProxy,
  type RLockProxy,
  type SemaphoreProxy,
  type SetProxy,
  SyncManager,
  type ValueProxy,
} from "./managers/sync-manager.ts";
export { AsyncResult, MapResult, type ResultCallbacks } from "./pool/async-result.ts";
export { IMapIterator } from "./pool/imap-iterator.ts";
export type { ContextPoolOptions, PoolOptions } from "./pool/options.ts";
export type { MapAsyncOptions } from "./pool/pool-calls.ts";
export type { ThreadPoolOptions } from "./pool/thread-pool.ts";
export { setAuthkey } from "./process/authkey.ts";
export { activeChildren } from "./process/children.ts";
export { cpuCount } from "./process/cpu-count.ts";
export { currentProcess } from "./process/current-process.ts";
export { setExecutable } from "./process/executable.ts";
export { ParentProcess, parentProcess } from "./process/parent-process.ts";
export type { ProcessOptions } from "./process/process-options.ts";
export type { ProcessOutput, ProcessOutputSource } from "./process/process-output.ts";
export type { Sentinel } from "./process/sentinel.ts";
export { SynchronizedArray } from "./shared/array.ts";
export { copy, synchronized } from "./shared/copy.ts";
export { markExited, watchThreads } from "./shared/memory/thread-exits.ts";
export type { Shareable } from "./shared/shareable-list.ts";
export { sharedBuffer } from "./shared/shared-buffer.ts";
export type { SharedMemoryOptions } from "./shared/shared-memory.ts";
export { SharedMemoryManager } from "./shared/shared-memory-manager.ts";
export type { SharedOptions } from "./shared/shared-options.ts";
export { SynchronizedValue } from "./shared/value.ts";
export { getAllStartMethods, getStartMethod, type StartMethod, setStartMethod } from "./start-method.ts";
