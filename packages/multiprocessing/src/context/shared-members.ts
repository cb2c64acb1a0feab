import { Barrier } from "../contract/barrier.ts";
import { Condition } from "../contract/condition.ts";
import { Event } from "../contract/event.ts";
import { Lock, RLock } from "../contract/lock.ts";
import { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { SharedArray, Value } from "../contract/value.ts";
import { makeIn } from "../shared/memory/backends.ts";
import { threadBackend } from "../shared/memory/thread-backend.ts";
import * as shared from "../shared/primitives.ts";
import { maker, type Primitives } from "./maker.ts";
import { type MemoryMembers, memoryMembers } from "./memory-members.ts";
import { type ContextPool, poolOf } from "./pools.ts";
import { type ContextProcess, ThreadProcess } from "./processes.ts";
import { withoutNew } from "./without-new.ts";

/** What `getContext("thread")` has of its own: all of it over memory that threads share. */
export interface ThreadMembers extends Primitives, MemoryMembers {
  readonly Process: ContextProcess<typeof ThreadProcess>;
  readonly Pool: ContextPool;
}

/** Makes them. */
export function threadMembers(): ThreadMembers {
  return {
    Process: withoutNew(ThreadProcess) as unknown as ContextProcess<typeof ThreadProcess>,
    Pool: poolOf("thread"),
    Lock: maker("Lock", Lock, inThreadMemory(shared.lock)),
    RLock: maker("RLock", RLock, inThreadMemory(shared.rlock)),
    Semaphore: maker("Semaphore", Semaphore, inThreadMemory(shared.semaphore)),
    BoundedSemaphore: maker("BoundedSemaphore", BoundedSemaphore, inThreadMemory(shared.boundedSemaphore)),
    Condition: maker("Condition", Condition, inThreadMemory(shared.condition)),
    Event: maker("Event", Event, inThreadMemory(shared.event)),
    Barrier: maker("Barrier", Barrier, inThreadMemory(shared.barrier)),
    Queue: maker("Queue", Queue, inThreadMemory(shared.queue)),
    JoinableQueue: maker("JoinableQueue", JoinableQueue, inThreadMemory(shared.joinableQueue)),
    SimpleQueue: maker("SimpleQueue", SimpleQueue, inThreadMemory(shared.simpleQueue)),
    Value: maker("Value", Value, inThreadMemory(shared.value)),
    Array: maker("Array", SharedArray, inThreadMemory(shared.array)),
    Pipe: inThreadMemory(shared.pipe),
    ...memoryMembers((_what, _instead, make) => inThreadMemory(make)),
  };
}

/** In memory that threads share, whatever the default is. */
function inThreadMemory<F extends (...args: never[]) => object>(make: F): F {
  return ((...args: Parameters<F>) => makeIn(threadBackend(), () => make(...args))) as F;
}
