import { SharedArray } from "../shared/array.ts";
import { Barrier } from "../shared/barrier.ts";
import { Condition } from "../shared/condition.ts";
import { copy, synchronized } from "../shared/copy.ts";
import { Event } from "../shared/event.ts";
import { JoinableQueue } from "../shared/joinable-queue.ts";
import { Lock } from "../shared/lock.ts";
import { Pipe } from "../shared/pipe.ts";
import { Queue } from "../shared/queue.ts";
import { RawArray } from "../shared/raw-array.ts";
import { RawValue } from "../shared/raw-value.ts";
import { RLock } from "../shared/rlock.ts";
import { BoundedSemaphore, Semaphore } from "../shared/semaphore.ts";
import { ShareableList } from "../shared/shareable-list.ts";
import { SharedMemory } from "../shared/shared-memory.ts";
import { SimpleQueue } from "../shared/simple-queue.ts";
import { Value } from "../shared/value.ts";
import { type ContextPool, poolOf } from "./pools.ts";
import { type ContextProcess, ThreadProcess } from "./processes.ts";
import { type Callable, withoutNew } from "./without-new.ts";

/** What `getContext("thread")` has of its own: all of it over memory that threads share. */
export interface ThreadMembers {
  readonly Process: ContextProcess<typeof ThreadProcess>;
  readonly Pool: ContextPool;
  readonly Lock: Callable<typeof Lock>;
  readonly RLock: Callable<typeof RLock>;
  readonly Semaphore: Callable<typeof Semaphore>;
  readonly BoundedSemaphore: Callable<typeof BoundedSemaphore>;
  readonly Condition: Callable<typeof Condition>;
  readonly Event: Callable<typeof Event>;
  readonly Barrier: Callable<typeof Barrier>;
  readonly Queue: Callable<typeof Queue>;
  readonly SimpleQueue: Callable<typeof SimpleQueue>;
  readonly JoinableQueue: Callable<typeof JoinableQueue>;
  readonly Pipe: typeof Pipe;
  readonly Value: typeof Value;
  readonly Array: typeof SharedArray;
  readonly RawValue: Callable<typeof RawValue>;
  readonly RawArray: Callable<typeof RawArray>;
  readonly SharedMemory: Callable<typeof SharedMemory>;
  readonly ShareableList: Callable<typeof ShareableList>;
  readonly copy: typeof copy;
  readonly synchronized: typeof synchronized;
}

/** Makes them. */
export function threadMembers(): ThreadMembers {
  return {
    Process: withoutNew(ThreadProcess) as unknown as ContextProcess<typeof ThreadProcess>,
    Pool: poolOf("thread"),
    Lock: withoutNew(Lock),
    RLock: withoutNew(RLock),
    Semaphore: withoutNew(Semaphore),
    BoundedSemaphore: withoutNew(BoundedSemaphore),
    Condition: withoutNew(Condition),
    Event: withoutNew(Event),
    Barrier: withoutNew(Barrier),
    Queue: withoutNew(Queue),
    SimpleQueue: withoutNew(SimpleQueue),
    JoinableQueue: withoutNew(JoinableQueue),
    Pipe,
    Value,
    Array: SharedArray,
    RawValue: withoutNew(RawValue),
    RawArray: withoutNew(RawArray),
    SharedMemory: withoutNew(SharedMemory),
    ShareableList: withoutNew(ShareableList),
    copy,
    synchronized,
  };
}
