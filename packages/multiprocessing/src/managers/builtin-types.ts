import { Pool } from "../pool/pool.ts";
import { BarrierObject } from "../served/objects/barriers.ts";
import {
  ArrayObject,
  DictObject,
  ListObject,
  NamespaceObject,
  ValueObject,
} from "../served/objects/containers.ts";
import { LockObject, RLockObject } from "../served/objects/locks.ts";
import { PipeEndObject } from "../served/objects/pipes.ts";
import { QueueObject } from "../served/objects/queues.ts";
import { BoundedSemaphoreObject, SemaphoreObject } from "../served/objects/semaphores.ts";
import { SetObject } from "../served/objects/sets.ts";
import { ConditionObject, EventObject } from "../served/objects/signals.ts";
import { poolType, resultTypes } from "./pool-proxy.ts";
import { maker, type RegisteredType, type Registry } from "./registry.ts";

/** The types of `Manager()`, which the server of a SyncManager has. Their classes lie in the server: nothing is sent for them. */
export function builtinTypes(): Registry {
  const type = (Class: Function, exposed?: readonly string[]) =>
    ({ make: maker(Class), exposed, methodToTypeid: {} }) as const;
  const types: [string, RegisteredType][] = [
    ["dict", type(DictObject)],
    ["list", type(ListObject)],
    ["set", type(SetObject)],
    ["Namespace", type(NamespaceObject)],
    ["Value", type(ValueObject)],
    ["Array", type(ArrayObject)],
    ["Lock", type(LockObject, ["acquire", "release", "locked"])],
    ["RLock", type(RLockObject, ["acquire", "release", "locked"])],
    ["Semaphore", type(SemaphoreObject)],
    ["BoundedSemaphore", type(BoundedSemaphoreObject)],
    ["Condition", type(ConditionObject)],
    ["Event", type(EventObject)],
    ["Barrier", type(BarrierObject)],
    ["Queue", type(QueueObject)],
    ["SimpleQueue", type(QueueObject)],
    ["JoinableQueue", type(QueueObject)],
    ["PipeEnd", type(PipeEndObject)],
    ["Pool", { make: maker(Pool), ...poolType }],
    ...resultTypes,
  ];
  return new Map(types.map(([builtin, registered]) => [builtin, { ...registered, builtin }]));
}
