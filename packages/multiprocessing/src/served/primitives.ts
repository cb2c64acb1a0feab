import { randomUUID } from "node:crypto";
import type { Connection } from "../connection/connection.ts";
import { packAction } from "../managers/barrier-extras.ts";
import type { ProxyOf } from "../managers/proxy.ts";
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
import type { BarrierAction } from "../shared/barrier.ts";
import { checkDuplex } from "../shared/pipe.ts";
import { ServedConnection } from "./connection.ts";
import type { LockSemantics } from "./objects/lock-semantics.ts";
import type { ServedPipeEnd } from "./objects/pipes.ts";
import { createServed } from "./spawn-server.ts";

/** The members of `getContext("spawn")` that processes share: made at once, usable here and in spawned processes. */

const semantics: LockSemantics = "multiprocessing";

export const Lock = (): LockProxy => createServed("Lock", [semantics]);
export const RLock = (): RLockProxy => createServed("RLock", [semantics]);
export const Semaphore = (value: number = 1): SemaphoreProxy => createServed("Semaphore", [value, semantics]);
export const BoundedSemaphore = (value: number = 1): BoundedSemaphoreProxy =>
  createServed("BoundedSemaphore", [value, semantics]);
export const Condition = (lock: LockProxy | RLockProxy = RLock()): ConditionProxy =>
  createServed("Condition", [lock]);
export const Event = (): EventProxy => createServed("Event", []);
export const Barrier = (parties: number, action?: BarrierAction, timeout?: number): BarrierProxy =>
  createServed("Barrier", [parties, timeout, packAction(action, "spawn")]);
export const Queue = (maxsize: number = 0): QueueProxy => createServed("Queue", [maxsize]);
export const SimpleQueue = (): SimpleQueueProxy => createServed("SimpleQueue", []);
export const JoinableQueue = (maxsize: number = 0): QueueProxy => createServed("JoinableQueue", [maxsize]);

/** As `Pipe` between threads. */
export function Pipe(duplex: boolean = true): [Connection, Connection] {
  checkDuplex(duplex);
  const [here, there] = [randomUUID(), randomUUID()];
  const reader = createServed<ProxyOf<ServedPipeEnd>>("PipeEnd", [here]);
  const writer = createServed<ProxyOf<ServedPipeEnd>>("PipeEnd", [there, reader]);
  return [
    new ServedConnection({ end: reader, readable: true, writable: duplex, holder: here }),
    new ServedConnection({ end: writer, readable: duplex, writable: true, holder: there }),
  ];
}
