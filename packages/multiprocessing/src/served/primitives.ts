import { randomUUID } from "node:crypto";
import { checkBoolean } from "@concurrent-futures/core/options";
import type { Barrier, BarrierAction } from "../contract/barrier.ts";
import type { Condition } from "../contract/condition.ts";
import type { Connection } from "../contract/connection.ts";
import type { Event } from "../contract/event.ts";
import type { Lock, RLock } from "../contract/lock.ts";
import type { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import type { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { packAction, ServedBarrier } from "./barrier.ts";
import { ServedCondition } from "./condition.ts";
import { ServedConnection } from "./connection.ts";
import { ServedEvent } from "./event.ts";
import { ServedLock, ServedRLock } from "./lock.ts";
import type { LockSemantics } from "./objects/lock-semantics.ts";
import { ServedJoinableQueue, ServedQueue } from "./queue.ts";
import { ServedBoundedSemaphore, ServedSemaphore } from "./semaphore.ts";
import { ServedSimpleQueue } from "./simple-queue.ts";
import { createServed } from "./spawn-server.ts";

/** Makes what processes share: each is there when the call returns, usable here and in spawned processes. */

const semantics: LockSemantics = "multiprocessing";

export const lock = (): Lock => new ServedLock(createServed("Lock", [semantics]));
export const rlock = (): RLock => new ServedRLock(createServed("RLock", [semantics]));
export const semaphore = (value: number = 1): Semaphore =>
  new ServedSemaphore(createServed("Semaphore", [value, semantics]));
export const boundedSemaphore = (value: number = 1): BoundedSemaphore =>
  new ServedBoundedSemaphore(createServed("BoundedSemaphore", [value, semantics]));
export const condition = (given: Lock | RLock = rlock()): Condition =>
  new ServedCondition(createServed("Condition", [given]));
export const event = (): Event => new ServedEvent(createServed("Event", []));
export const barrier = (parties: number, action?: BarrierAction, timeout?: number): Barrier =>
  new ServedBarrier(createServed("Barrier", [parties, timeout, packAction(action, "spawn")]), parties);
export const queue = (maxsize: number = 0): Queue => new ServedQueue(createServed("Queue", [maxsize]));
export const joinableQueue = (maxsize: number = 0): JoinableQueue =>
  new ServedJoinableQueue(createServed("JoinableQueue", [maxsize]));
export const simpleQueue = (): SimpleQueue => new ServedSimpleQueue(createServed("SimpleQueue", []));

/** As `Pipe` between threads. */
export function pipe(duplex: boolean = true): [Connection, Connection] {
  checkBoolean("duplex", duplex);
  const [here, there] = [randomUUID(), randomUUID()];
  const reader = createServed("PipeEnd", [here]);
  const writer = createServed("PipeEnd", [there, reader]);
  return [
    new ServedConnection({ end: reader, readable: true, writable: duplex, holder: here }),
    new ServedConnection({ end: writer, readable: duplex, writable: true, holder: there }),
  ];
}
