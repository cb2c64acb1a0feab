import type { Connection } from "../connection/connection.ts";
import { checkDuplex } from "../connection/pipe.ts";
import { brokered } from "./broker.ts";
import { BrokeredConnection } from "./brokered-connection.ts";
import type { ServedPipeEnd } from "./objects/pipes.ts";
import type { ProxyOf } from "./proxy.ts";
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
} from "./sync-manager.ts";

/** The members of `getContext("spawn")` that processes share: made at once, usable here and in spawned processes. */

export const Lock = (): LockProxy => brokered("Lock", []);
export const RLock = (): RLockProxy => brokered("RLock", []);
export const Semaphore = (value: number = 1): SemaphoreProxy => brokered("Semaphore", [value]);
export const BoundedSemaphore = (value: number = 1): BoundedSemaphoreProxy =>
  brokered("BoundedSemaphore", [value]);
export const Condition = (lock?: LockProxy | RLockProxy): ConditionProxy =>
  brokered("Condition", lock === undefined ? [] : [lock]);
export const Event = (): EventProxy => brokered("Event", []);
export const Barrier = (parties: number, timeout?: number): BarrierProxy =>
  brokered("Barrier", [parties, timeout]);
export const Queue = (maxsize: number = 0): QueueProxy => brokered("Queue", [maxsize]);
export const SimpleQueue = (): SimpleQueueProxy => brokered("SimpleQueue", []);
export const JoinableQueue = (maxsize: number = 0): QueueProxy => brokered("JoinableQueue", [maxsize]);

/** As `Pipe` between threads. */
export function Pipe(duplex: boolean = true): [Connection, Connection] {
  checkDuplex(duplex);
  const reader = brokered<ProxyOf<ServedPipeEnd>>("PipeEnd", []);
  const writer = brokered<ProxyOf<ServedPipeEnd>>("PipeEnd", [reader]);
  return [
    new BrokeredConnection({ end: reader, readable: true, writable: duplex }),
    new BrokeredConnection({ end: writer, readable: duplex, writable: true }),
  ];
}
