import type { Connection } from "../connection/connection.ts";
import { Listener as ListenerClass } from "../connection/listener.ts";
import { Pool as PoolClass } from "../pool/pool.ts";
import { Process as ProcessClass } from "../process/process.ts";
import * as served from "../served/primitives.ts";
import { Barrier as ThreadBarrier } from "../shared/barrier.ts";
import { Condition as ThreadCondition } from "../shared/condition.ts";
import { Event as ThreadEvent } from "../shared/event.ts";
import { JoinableQueue as ThreadJoinableQueue } from "../shared/joinable-queue.ts";
import { Lock as ThreadLock } from "../shared/lock.ts";
import { Pipe as threadPipe } from "../shared/pipe.ts";
import { Queue as ThreadQueue } from "../shared/queue.ts";
import { RawArray as RawArrayClass } from "../shared/raw-array.ts";
import { RawValue as RawValueClass } from "../shared/raw-value.ts";
import { RLock as ThreadRLock } from "../shared/rlock.ts";
import {
  BoundedSemaphore as ThreadBoundedSemaphore,
  Semaphore as ThreadSemaphore,
} from "../shared/semaphore.ts";
import { ShareableList as ShareableListClass } from "../shared/shareable-list.ts";
import { SharedMemory as SharedMemoryClass } from "../shared/shared-memory.ts";
import { SimpleQueue as ThreadSimpleQueue } from "../shared/simple-queue.ts";
import type { Typecode } from "../shared/typecodes.ts";
import { getStartMethod } from "../start-method.ts";
import type { ContextProcess } from "./processes.ts";
import { type Callable, foundAt, withoutNew } from "./without-new.ts";

/**
 * The classes as this package exports them: as in Python they work without `new` too, and what is shared between workers
 * is made for the default start method.
 */

type AnyClass = abstract new (...args: never[]) => unknown;

const spawnIsDefault = (): boolean => getStartMethod({ allowNone: true }) === "spawn";

/** The class for threads; when the default is `"spawn"`, what spawned processes share, which has the same methods. */
function byDefault<C extends AnyClass>(Class: C, spawned: (...args: never[]) => object): Callable<C> {
  const make = (...args: readonly unknown[]): object =>
    spawnIsDefault()
      ? spawned(...(args as never[]))
      : (Reflect.construct(Class as unknown as Function, args) as object);
  return here(withoutNew(Class, make));
}

/** Taken out of the module, each still is what the module's own is, also in a worker. */
function here<C extends AnyClass>(callable: Callable<C>): Callable<C> {
  return foundAt({ module: import.meta.url, path: [callable.name] }, callable);
}

/** A worker that runs one function (Python: `multiprocessing.Process`). See the class for its methods. */
export const Process: ContextProcess<typeof ProcessClass> = /* @__PURE__ */ here(
  withoutNew(ProcessClass),
) as unknown as ContextProcess<typeof ProcessClass>;
export type Process<A extends readonly unknown[] = []> = ProcessClass<A>;

/** Workers that share calls (Python: `multiprocessing.Pool`). See the class for its methods. */
export const Pool: Callable<typeof PoolClass> = /* @__PURE__ */ here(withoutNew(PoolClass));
export type Pool = PoolClass;

/** Mutual exclusion; any worker may release it. See the class for its methods. */
export const Lock: Callable<typeof ThreadLock> = /* @__PURE__ */ byDefault(ThreadLock, served.Lock);
export type Lock = ThreadLock;

/** A lock that its holder can take again. */
export const RLock: Callable<typeof ThreadRLock> = /* @__PURE__ */ byDefault(ThreadRLock, served.RLock);
export type RLock = ThreadRLock;

/** A number of permits. */
export const Semaphore: Callable<typeof ThreadSemaphore> = /* @__PURE__ */ byDefault(
  ThreadSemaphore,
  served.Semaphore,
);
export type Semaphore = ThreadSemaphore;

/** A semaphore that cannot be released above its first value. */
export const BoundedSemaphore: Callable<typeof ThreadBoundedSemaphore> = /* @__PURE__ */ byDefault(
  ThreadBoundedSemaphore,
  served.BoundedSemaphore,
);
export type BoundedSemaphore = ThreadBoundedSemaphore;

/** Waiting, under a lock, for something to become true. */
export const Condition: Callable<typeof ThreadCondition> = /* @__PURE__ */ byDefault(
  ThreadCondition,
  served.Condition,
);
export type Condition = ThreadCondition;

/** A flag to wait for. */
export const Event: Callable<typeof ThreadEvent> = /* @__PURE__ */ byDefault(ThreadEvent, served.Event);
export type Event = ThreadEvent;

/** A place where a number of parties wait for each other. */
export const Barrier: Callable<typeof ThreadBarrier> = /* @__PURE__ */ byDefault(
  ThreadBarrier,
  served.Barrier,
);
export type Barrier = ThreadBarrier;

/** First in, first out, between workers; bounded when `maxsize` is above 0. */
export const Queue: Callable<typeof ThreadQueue> = /* @__PURE__ */ byDefault(ThreadQueue, served.Queue);
export type Queue<T = unknown> = ThreadQueue<T>;

/** A queue with `put`, `get` and `empty` only. */
export const SimpleQueue: Callable<typeof ThreadSimpleQueue> = /* @__PURE__ */ byDefault(
  ThreadSimpleQueue,
  served.SimpleQueue,
);
export type SimpleQueue<T = unknown> = ThreadSimpleQueue<T>;

/** A queue that knows when all of its items have been worked on. */
export const JoinableQueue: Callable<typeof ThreadJoinableQueue> = /* @__PURE__ */ byDefault(
  ThreadJoinableQueue,
  served.JoinableQueue,
);
export type JoinableQueue<T = unknown> = ThreadJoinableQueue<T>;

/**
 * Makes the two ends of a pipe (Python: `multiprocessing.Pipe`). Pass one of them to a worker as an argument; it is then
 * the worker's, and when the worker ends the other end sees EOFError.
 *
 * @param duplex - whether both ends send and receive; otherwise the first receives and the second sends.
 * @default true
 *
 * @example
 * ```ts
 * const [here, there] = Pipe();
 * pool.submit(talk, there);
 * await here.send("hello");
 * console.log(await here.recv());
 * ```
 */
export function Pipe(duplex: boolean = true): [Connection, Connection] {
  return spawnIsDefault() ? served.Pipe(duplex) : threadPipe(duplex);
}

/** A number or character in shared memory, without a lock. */
export const RawValue: Callable<typeof RawValueClass> = /* @__PURE__ */ here(withoutNew(RawValueClass));
export type RawValue<C extends Typecode = Typecode> = RawValueClass<C>;

/** Numbers or characters in a row in shared memory, without a lock. */
export const RawArray: Callable<typeof RawArrayClass> = /* @__PURE__ */ here(withoutNew(RawArrayClass));
export type RawArray<C extends Typecode = Typecode> = RawArrayClass<C>;

/** A block of shared memory with a name. */
export const SharedMemory: Callable<typeof SharedMemoryClass> = /* @__PURE__ */ here(
  withoutNew(SharedMemoryClass),
);
export type SharedMemory = SharedMemoryClass;

/** A list of fixed length and places in shared memory. */
export const ShareableList: Callable<typeof ShareableListClass> = /* @__PURE__ */ here(
  withoutNew(ShareableListClass),
);
export type ShareableList = ShareableListClass;

/** Waits for connections. */
export const Listener: Callable<typeof ListenerClass> = /* @__PURE__ */ here(withoutNew(ListenerClass));
export type Listener = ListenerClass;
