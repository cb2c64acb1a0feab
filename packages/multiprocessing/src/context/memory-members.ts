import { Barrier } from "../contract/barrier.ts";
import { Condition } from "../contract/condition.ts";
import { Event } from "../contract/event.ts";
import { Lock, RLock } from "../contract/lock.ts";
import { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { SharedArray, Value } from "../contract/value.ts";
import * as served from "../served/primitives.ts";
import { copy, synchronized } from "../shared/copy.ts";
import * as shared from "../shared/primitives.ts";
import { SharedMemoryManager } from "../shared/shared-memory-manager.ts";
import { RawArray, RawValue, ShareableList, SharedMemory } from "./classes.ts";
import { maker, type Primitives } from "./maker.ts";
import type { Make, Within } from "./within.ts";
import { type Callable, withoutNew } from "./without-new.ts";

/** What is a piece of shared memory, without a lock, in each context. */
export interface MemoryMembers extends Primitives {
  readonly RawValue: typeof RawValue;
  readonly RawArray: typeof RawArray;
  readonly SharedMemory: typeof SharedMemory;
  readonly SharedMemoryManager: Callable<typeof SharedMemoryManager>;
  readonly ShareableList: typeof ShareableList;
  readonly copy: typeof copy;
  readonly synchronized: typeof synchronized;
}

/** What does as well where processes have no memory that they share. */
const insteadOfValue = "(await Manager()).Value()";
const insteadOfArray = "(await Manager()).Array()";
const insteadOfBlock = `${insteadOfArray}, a Pipe or a Queue`;

/** Makes the members of a context that lie in its memory. */
export function memoryMembers(within: Within): MemoryMembers {
  const primitive = <N extends keyof Primitives>(
    name: N,
    Contract: { readonly prototype: object },
    make: Make,
    otherwise: Make | string,
  ): Primitives[N] => maker(name, Contract, within(name, make, otherwise));

  const raw = <C extends { readonly prototype: object }>(name: string, Class: C, instead: string): C => {
    const make = (...args: never[]): object =>
      Reflect.construct(Class as unknown as Function, args) as object;
    return maker(name, Class, within(name, make, instead));
  };

  return {
    Lock: primitive("Lock", Lock, shared.lock, served.lock),
    RLock: primitive("RLock", RLock, shared.rlock, served.rlock),
    Semaphore: primitive("Semaphore", Semaphore, shared.semaphore, served.semaphore),
    BoundedSemaphore: primitive(
      "BoundedSemaphore",
      BoundedSemaphore,
      shared.boundedSemaphore,
      served.boundedSemaphore,
    ),
    Condition: primitive("Condition", Condition, shared.condition, served.condition),
    Event: primitive("Event", Event, shared.event, served.event),
    Barrier: primitive("Barrier", Barrier, shared.barrier, served.barrier),
    Queue: primitive("Queue", Queue, shared.queue, served.queue),
    JoinableQueue: primitive("JoinableQueue", JoinableQueue, shared.joinableQueue, served.joinableQueue),
    SimpleQueue: primitive("SimpleQueue", SimpleQueue, shared.simpleQueue, served.simpleQueue),
    Value: primitive("Value", Value, shared.value, insteadOfValue),
    Array: primitive("Array", SharedArray, shared.array, insteadOfArray),
    Pipe: within("Pipe", shared.pipe, served.pipe),
    RawValue: raw("RawValue", RawValue, insteadOfValue),
    RawArray: raw("RawArray", RawArray, insteadOfArray),
    SharedMemory: raw("SharedMemory", SharedMemory, insteadOfBlock),
    SharedMemoryManager: raw("SharedMemoryManager", withoutNew(SharedMemoryManager), insteadOfBlock),
    ShareableList: raw("ShareableList", ShareableList, "(await Manager()).list()"),
    copy: within("copy", copy, insteadOfValue),
    synchronized: within("synchronized", synchronized, `${insteadOfValue} and Lock()`),
  };
}
