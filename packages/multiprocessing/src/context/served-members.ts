import { Barrier } from "../contract/barrier.ts";
import { Condition } from "../contract/condition.ts";
import { Event } from "../contract/event.ts";
import { Lock, RLock } from "../contract/lock.ts";
import { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { SharedArray, Value } from "../contract/value.ts";
import * as served from "../served/primitives.ts";
import * as shared from "../shared/primitives.ts";
import { maker, type Primitives } from "./maker.ts";
import { insteadOfArray, insteadOfValue, type MemoryMembers, memoryMembers } from "./memory-members.ts";
import { type ContextPool, poolOf } from "./pools.ts";
import { type ContextProcess, SpawnProcess } from "./processes.ts";
import { inMemory, inMemoryOr } from "./spawn-memory.ts";
import { withoutNew } from "./without-new.ts";

/**
 * What `getContext("spawn")` has of its own: the same as threads have, over memory that processes share. Where there is
 * none, its locks, queues and pipes live in a server of this program, which the processes talk to, and the rest is refused.
 */
export interface SpawnMembers extends Primitives, MemoryMembers {
  readonly Process: ContextProcess<typeof SpawnProcess>;
  readonly Pool: ContextPool;
}

/** Makes them. */
export function spawnMembers(): SpawnMembers {
  return {
    Process: withoutNew(SpawnProcess) as unknown as ContextProcess<typeof SpawnProcess>,
    Pool: poolOf("spawn"),
    Lock: maker("Lock", Lock, inMemoryOr(shared.lock, served.lock)),
    RLock: maker("RLock", RLock, inMemoryOr(shared.rlock, served.rlock)),
    Semaphore: maker("Semaphore", Semaphore, inMemoryOr(shared.semaphore, served.semaphore)),
    BoundedSemaphore: maker(
      "BoundedSemaphore",
      BoundedSemaphore,
      inMemoryOr(shared.boundedSemaphore, served.boundedSemaphore),
    ),
    Condition: maker("Condition", Condition, inMemoryOr(shared.condition, served.condition)),
    Event: maker("Event", Event, inMemoryOr(shared.event, served.event)),
    Barrier: maker("Barrier", Barrier, inMemoryOr(shared.barrier, served.barrier)),
    Queue: maker("Queue", Queue, inMemoryOr(shared.queue, served.queue)),
    JoinableQueue: maker(
      "JoinableQueue",
      JoinableQueue,
      inMemoryOr(shared.joinableQueue, served.joinableQueue),
    ),
    SimpleQueue: maker("SimpleQueue", SimpleQueue, inMemoryOr(shared.simpleQueue, served.simpleQueue)),
    Value: maker("Value", Value, inMemory("Value", insteadOfValue, shared.value)),
    Array: maker("Array", SharedArray, inMemory("Array", insteadOfArray, shared.array)),
    Pipe: inMemoryOr(shared.pipe, served.pipe),
    ...memoryMembers(inMemory),
  };
}
