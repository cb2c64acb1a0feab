import { SerializationError } from "@concurrent-futures/core";
import type {
  BarrierProxy,
  BoundedSemaphoreProxy,
  ConditionProxy,
  EventProxy,
  LockProxy,
  QueueProxy,
  RLockProxy,
  SemaphoreProxy,
  SimpleQueueProxy,
} from "../managers/sync-manager.ts";
import * as served from "../served/primitives.ts";
import type { BarrierAction } from "../shared/barrier.ts";
import { type ContextPool, poolOf } from "./pools.ts";
import { type ContextProcess, SpawnProcess } from "./processes.ts";
import { type Factory, withNew, withoutNew } from "./without-new.ts";

/** What would need memory that processes share, which Node does not have. */
type Refused = Factory<readonly unknown[], never>;

/**
 * What `getContext("spawn")` has of its own. Its locks, queues and pipes live in a server of this program, which the
 * processes talk to; their methods are those of the threads' ones, all as promises, with `…Sync` twins that block.
 */
export interface SpawnMembers {
  readonly Process: ContextProcess<typeof SpawnProcess>;
  readonly Pool: ContextPool;
  readonly Lock: Factory<[], LockProxy>;
  readonly RLock: Factory<[], RLockProxy>;
  readonly Semaphore: Factory<[value?: number], SemaphoreProxy>;
  readonly BoundedSemaphore: Factory<[value?: number], BoundedSemaphoreProxy>;
  readonly Condition: Factory<[lock?: LockProxy | RLockProxy], ConditionProxy>;
  readonly Event: Factory<[], EventProxy>;
  readonly Barrier: Factory<[parties: number, action?: BarrierAction, timeout?: number], BarrierProxy>;
  readonly Queue: Factory<[maxsize?: number], QueueProxy>;
  readonly SimpleQueue: Factory<[], SimpleQueueProxy>;
  readonly JoinableQueue: Factory<[maxsize?: number], QueueProxy>;
  readonly Pipe: typeof served.Pipe;
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
    Lock: withNew(served.Lock),
    RLock: withNew(served.RLock),
    Semaphore: withNew(served.Semaphore),
    BoundedSemaphore: withNew(served.BoundedSemaphore),
    Condition: withNew(served.Condition),
    Event: withNew(served.Event),
    Barrier: withNew(served.Barrier),
    Queue: withNew(served.Queue),
    SimpleQueue: withNew(served.SimpleQueue),
    JoinableQueue: withNew(served.JoinableQueue),
    Pipe: served.Pipe,
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
  return withNew((): never => {
    throw new SerializationError(
      `${name} needs shared memory, which processes do not have in Node. Use ${alternatives}, or getContext("thread").${name}() with threads.`,
    );
  });
}
