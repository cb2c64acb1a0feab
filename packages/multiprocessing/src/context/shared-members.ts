import { Barrier } from "../contract/barrier.ts";
import { Condition } from "../contract/condition.ts";
import { Event } from "../contract/event.ts";
import { Lock, RLock } from "../contract/lock.ts";
import { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { SharedArray } from "../shared/array.ts";
import { SharedBarrier } from "../shared/barrier.ts";
import { SharedCondition } from "../shared/condition.ts";
import { copy, synchronized } from "../shared/copy.ts";
import { SharedEvent } from "../shared/event.ts";
import { SharedJoinableQueue } from "../shared/joinable-queue.ts";
import { SharedLock } from "../shared/lock.ts";
import { Pipe } from "../shared/pipe.ts";
import { SharedQueue } from "../shared/queue.ts";
import { SharedRLock } from "../shared/rlock.ts";
import { SharedBoundedSemaphore, SharedSemaphore } from "../shared/semaphore.ts";
import { SharedSimpleQueue } from "../shared/simple-queue.ts";
import { Value } from "../shared/value.ts";
import { RawArray, RawValue, ShareableList, SharedMemory } from "./classes.ts";
import { maker, type Primitives } from "./maker.ts";
import { type ContextPool, poolOf } from "./pools.ts";
import { type ContextProcess, ThreadProcess } from "./processes.ts";
import { withoutNew } from "./without-new.ts";

/** What `getContext("thread")` has of its own: all of it over memory that threads share. */
export interface ThreadMembers extends Primitives {
  readonly Process: ContextProcess<typeof ThreadProcess>;
  readonly Pool: ContextPool;
  readonly Value: typeof Value;
  readonly Array: typeof SharedArray;
  readonly RawValue: typeof RawValue;
  readonly RawArray: typeof RawArray;
  readonly SharedMemory: typeof SharedMemory;
  readonly ShareableList: typeof ShareableList;
  readonly copy: typeof copy;
  readonly synchronized: typeof synchronized;
}

/** Makes them. */
export function threadMembers(): ThreadMembers {
  return {
    Process: withoutNew(ThreadProcess) as unknown as ContextProcess<typeof ThreadProcess>,
    Pool: poolOf("thread"),
    Lock: maker("Lock", Lock, () => new SharedLock()),
    RLock: maker("RLock", RLock, () => new SharedRLock()),
    Semaphore: maker("Semaphore", Semaphore, (value?: number) => new SharedSemaphore(value)),
    BoundedSemaphore: maker(
      "BoundedSemaphore",
      BoundedSemaphore,
      (value?: number) => new SharedBoundedSemaphore(value),
    ),
    Condition: maker("Condition", Condition, (lock?: Lock | RLock) => new SharedCondition(lock)),
    Event: maker("Event", Event, () => new SharedEvent()),
    Barrier: maker("Barrier", Barrier, SharedBarrier.create),
    Queue: maker("Queue", Queue, (maxsize?: number) => new SharedQueue(maxsize)),
    JoinableQueue: maker(
      "JoinableQueue",
      JoinableQueue,
      (maxsize?: number) => new SharedJoinableQueue(maxsize),
    ),
    SimpleQueue: maker("SimpleQueue", SimpleQueue, () => new SharedSimpleQueue()),
    Pipe,
    Value,
    Array: SharedArray,
    RawValue,
    RawArray,
    SharedMemory,
    ShareableList,
    copy,
    synchronized,
  };
}
