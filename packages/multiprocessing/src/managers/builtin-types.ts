import { ValueError } from "@concurrent-futures/core";
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

/** The most values of an Array that a client on a network makes by their number alone: a few bytes must not claim gigabytes. */
const mostValues = 2 ** 20;

/**
 * The types of `Manager()`, which the server of a SyncManager has. Their classes lie in the server: nothing is sent for them.
 *
 * @param isTrusted - only this program's own workers can reach the server. Others get no Pool, to which they could send no function.
 */
export function builtinTypes(isTrusted: boolean): Registry {
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
  const made = new Map(types.map(([builtin, registered]) => [builtin, { ...registered, builtin }]));
  return isTrusted ? made : forNetworks(made);
}

function forNetworks(types: Map<string, RegisteredType>): Registry {
  types.delete("Pool");
  const array = types.get("Array");
  if (array?.make !== undefined) types.set("Array", { ...array, make: ofBoundedSize(array.make) });
  return types;
}

type Make = NonNullable<RegisteredType["make"]>;

function ofBoundedSize(make: Make): Make {
  return (typecode, sizeOrInitial) => {
    if (typeof sizeOrInitial === "number" && sizeOrInitial > mostValues) {
      throw new ValueError(
        `An Array of ${sizeOrInitial} values is too large to be made over a network by its size: ${mostValues} are allowed. ` +
          "Register a function in the server that makes it.",
      );
    }
    return make(typecode, sizeOrInitial);
  };
}
