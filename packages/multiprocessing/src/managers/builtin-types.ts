import { Pool } from "../pool/pool.ts";
import { ServedBarrier } from "../served/objects/barriers.ts";
import {
  ServedArray,
  ServedDict,
  ServedList,
  ServedNamespace,
  ServedValue,
} from "../served/objects/containers.ts";
import { ServedLock, ServedRLock } from "../served/objects/locks.ts";
import { ServedPipeEnd } from "../served/objects/pipes.ts";
import { ServedQueue, ServedSimpleQueue } from "../served/objects/queues.ts";
import { ServedBoundedSemaphore, ServedSemaphore } from "../served/objects/semaphores.ts";
import { ServedCondition, ServedEvent } from "../served/objects/signals.ts";
import { poolType, resultTypes } from "./pool-proxy.ts";
import { maker, type Registry } from "./registry.ts";

/** The types of `Manager()`, which each server has. Their classes lie in the server: nothing travels for them. */
export function builtinTypes(): Registry {
  const type = (Class: Function, exposed?: readonly string[]) =>
    ({ make: maker(Class), exposed, methodToTypeid: {} }) as const;
  return new Map([
    ["dict", type(ServedDict)],
    ["list", type(ServedList)],
    ["Namespace", type(ServedNamespace)],
    ["Value", type(ServedValue)],
    ["Array", type(ServedArray)],
    ["Lock", type(ServedLock, ["acquire", "release", "locked"])],
    ["RLock", type(ServedRLock, ["acquire", "release", "locked"])],
    ["Semaphore", type(ServedSemaphore)],
    ["BoundedSemaphore", type(ServedBoundedSemaphore)],
    ["Condition", type(ServedCondition)],
    ["Event", type(ServedEvent)],
    ["Barrier", type(ServedBarrier)],
    ["Queue", type(ServedQueue)],
    ["SimpleQueue", type(ServedSimpleQueue)],
    ["JoinableQueue", type(ServedQueue)],
    ["PipeEnd", type(ServedPipeEnd)],
    ["Pool", { make: maker(Pool), ...poolType }],
    ...resultTypes,
  ]);
}
