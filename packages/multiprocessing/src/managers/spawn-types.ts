import { randomUUID } from "node:crypto";
import type { Connection } from "../connection/connection.ts";
import { checkDuplex } from "../connection/pipe.ts";
import type { BarrierAction } from "../sync/barrier.ts";
import { packAction } from "./barrier-extras.ts";
import { brokered } from "./broker.ts";
import { BrokeredConnection } from "./brokered-connection.ts";
import type { ServedPipeEnd } from "./objects/pipes.ts";
import type { Rules } from "./objects/rules.ts";
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

const rules: Rules = "multiprocessing";

export const Lock = (): LockProxy => brokered("Lock", [rules]);
export const RLock = (): RLockProxy => brokered("RLock", [rules]);
export const Semaphore = (value: number = 1): SemaphoreProxy => brokered("Semaphore", [value, rules]);
export const BoundedSemaphore = (value: number = 1): BoundedSemaphoreProxy =>
  brokered("BoundedSemaphore", [value, rules]);
export const Condition = (lock: LockProxy | RLockProxy = RLock()): ConditionProxy =>
  brokered("Condition", [lock]);
export const Event = (): EventProxy => brokered("Event", []);
export const Barrier = (parties: number, action?: BarrierAction, timeout?: number): BarrierProxy =>
  brokered("Barrier", [parties, timeout, packAction(action, "spawn")]);
export const Queue = (maxsize: number = 0): QueueProxy => brokered("Queue", [maxsize]);
export const SimpleQueue = (): SimpleQueueProxy => brokered("SimpleQueue", []);
export const JoinableQueue = (maxsize: number = 0): QueueProxy => brokered("JoinableQueue", [maxsize]);

/** As `Pipe` between threads. */
export function Pipe(duplex: boolean = true): [Connection, Connection] {
  checkDuplex(duplex);
  const [here, there] = [randomUUID(), randomUUID()];
  const reader = brokered<ProxyOf<ServedPipeEnd>>("PipeEnd", [here]);
  const writer = brokered<ProxyOf<ServedPipeEnd>>("PipeEnd", [there, reader]);
  return [
    new BrokeredConnection({ end: reader, readable: true, writable: duplex, claim: here }),
    new BrokeredConnection({ end: writer, readable: duplex, writable: true, claim: there }),
  ];
}
