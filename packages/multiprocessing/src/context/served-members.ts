import { SerializationError } from "@concurrent-futures/core";
import { Barrier } from "../contract/barrier.ts";
import { Condition } from "../contract/condition.ts";
import { Event } from "../contract/event.ts";
import { Lock, RLock } from "../contract/lock.ts";
import { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import * as served from "../served/primitives.ts";
import { type Maker, maker, type Primitives } from "./maker.ts";
import { type ContextPool, poolOf } from "./pools.ts";
import { type ContextProcess, SpawnProcess } from "./processes.ts";
import { withoutNew } from "./without-new.ts";

/** What would need memory that processes share, which Node does not have. */
type Refused = Maker<readonly unknown[], never>;

/**
 * What `getContext("spawn")` has of its own. Its locks, queues and pipes live in a server of this program, which the
 * processes talk to.
 */
export interface SpawnMembers extends Primitives {
  readonly Process: ContextProcess<typeof SpawnProcess>;
  readonly Pool: ContextPool;
  readonly Value: Refused;
  readonly Array: Refused;
  readonly RawValue: Refused;
  readonly RawArray: Refused;
  readonly SharedMemory: Refused;
  readonly ShareableList: Refused;
  readonly copy: Refused;
  readonly synchronized: Refused;
}

/** Makes them. */
export function spawnMembers(): SpawnMembers {
  return {
    Process: withoutNew(SpawnProcess) as unknown as ContextProcess<typeof SpawnProcess>,
    Pool: poolOf("spawn"),
    Lock: maker("Lock", Lock, served.lock),
    RLock: maker("RLock", RLock, served.rlock),
    Semaphore: maker("Semaphore", Semaphore, served.semaphore),
    BoundedSemaphore: maker("BoundedSemaphore", BoundedSemaphore, served.boundedSemaphore),
    Condition: maker("Condition", Condition, served.condition),
    Event: maker("Event", Event, served.event),
    Barrier: maker("Barrier", Barrier, served.barrier),
    Queue: maker("Queue", Queue, served.queue),
    JoinableQueue: maker("JoinableQueue", JoinableQueue, served.joinableQueue),
    SimpleQueue: maker("SimpleQueue", SimpleQueue, served.simpleQueue),
    Pipe: served.pipe,
    Value: refused("Value", "(await Manager()).Value()"),
    Array: refused("Array", "(await Manager()).Array()"),
    RawValue: refused("RawValue", "(await Manager()).Value()"),
    RawArray: refused("RawArray", "(await Manager()).Array()"),
    SharedMemory: refused("SharedMemory", "(await Manager()).Array(), a Pipe or a Queue"),
    ShareableList: refused("ShareableList", "(await Manager()).list()"),
    copy: refused("copy", "(await Manager()).Value()"),
    synchronized: refused("synchronized", "(await Manager()).Value() and Lock()"),
  };
}

function refused(name: string, alternatives: string): Refused {
  return maker(name, Object, (): never => {
    throw new SerializationError(
      `${name} needs shared memory, which processes do not have in Node. Use ${alternatives}, or getContext("thread").${name}() with threads.`,
    );
  });
}
