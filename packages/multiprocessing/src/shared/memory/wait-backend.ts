/** What `Atomics.waitAsync` gives. */
export type AsyncWait =
  | { readonly async: false; readonly value: "not-equal" | "timed-out" }
  | { readonly async: true; readonly value: Promise<"ok" | "timed-out"> };

/**
 * What is sent in place of a {@link Region} or a {@link WaitBackend}, and stays shared: a `SharedArrayBuffer`, or an
 * `ArrayBuffer` of `@concurrent-futures/shared-memory`.
 */
export type MemoryHandle = SharedArrayBuffer | ArrayBuffer;

/** A piece of memory that all who share it see, and that may grow in place. */
export interface Region {
  readonly handle: MemoryHandle;
  /** The memory as it is now. Views over it go on working after it has grown. */
  readonly buffer: ArrayBufferLike;
  readonly byteLength: number;
  readonly maxByteLength: number;
  /** Makes it at least this large, in bytes. */
  grow(bytes: number): void;
}

/**
 * What wait queues need of the kind of memory that they lie in. Loads, stores and exchanges are `Atomics`' own on any
 * kind; to sleep on a word, to wake its sleepers, and to find out who has exited is each kind's matter.
 */
export interface WaitBackend {
  readonly handle: MemoryHandle;
  /** How far the memory reaches: to the threads of a process, or to other processes as well. */
  readonly reach: "thread" | "spawn";
  /** The id of this thread among all that share the memory; 0 is nobody's. */
  readonly ownId: number;
  /** A zeroed region. @param maxBytes - how far it can grow. @default it cannot */
  allocate(bytes: number, maxBytes?: number): Region;
  /** Zeroed memory on whose words nobody sleeps. */
  allocateBuffer(bytes: number): MemoryHandle;
  /** A region that was allocated elsewhere. */
  attach(handle: MemoryHandle): Region;
  /** Blocks this thread while the word is `value`, for at most `timeout` ms. */
  wait(words: Int32Array, index: number, value: number, timeout: number): "ok" | "not-equal" | "timed-out";
  /** As {@link wait}, without blocking. It does not keep the process alive. */
  waitAsync(words: Int32Array, index: number, value: number, timeout: number): AsyncWait;
  /** Wakes sleepers on a word. */
  notify(words: Int32Array, index: number, count: number): void;
  /** The thread with this id, as a message calls it. */
  nameOf(id: number): string;
  /** Whether the thread with this id has exited. */
  hasExited(id: number): boolean;
  /** A number that changes with each exit. */
  exitCount(): number;
  /** Looks for exits without the event loop, for a thread that blocks. */
  pollExits(): void;
  /** Calls a function at each exit, until the function that this gives is called. */
  onExit(listener: () => void): () => void;
}
