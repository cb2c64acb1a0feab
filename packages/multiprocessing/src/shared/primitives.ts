import type { Barrier, BarrierAction } from "../contract/barrier.ts";
import type { Condition } from "../contract/condition.ts";
import type { Connection } from "../contract/connection.ts";
import type { Event } from "../contract/event.ts";
import type { Lock, RLock } from "../contract/lock.ts";
import type { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import type { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { makeArray } from "./array.ts";
import { SharedBarrier } from "./barrier.ts";
import { SharedCondition } from "./condition.ts";
import { SharedEvent } from "./event.ts";
import { SharedLock } from "./lock.ts";
import { Pipe } from "./pipe.ts";
import { SharedJoinableQueue, SharedQueue } from "./queue.ts";
import { SharedRLock } from "./rlock.ts";
import { SharedBoundedSemaphore, SharedSemaphore } from "./semaphore.ts";
import { SharedSimpleQueue } from "./simple-queue.ts";
import { makeValue } from "./value.ts";

/** Makes what workers share, in shared memory: that of threads, unless `makeIn` says otherwise. */

export const lock = (): Lock => new SharedLock();
export const rlock = (): RLock => new SharedRLock();
export const semaphore = (value?: number): Semaphore => new SharedSemaphore(value);
export const boundedSemaphore = (value?: number): BoundedSemaphore => new SharedBoundedSemaphore(value);
export const condition = (given?: Lock | RLock): Condition => new SharedCondition(given);
export const event = (): Event => new SharedEvent();
export const barrier = (parties: number, action?: BarrierAction, timeout?: number): Barrier =>
  SharedBarrier.create(parties, action, timeout);
export const queue = (maxsize?: number): Queue => new SharedQueue(maxsize);
export const joinableQueue = (maxsize?: number): JoinableQueue => new SharedJoinableQueue(maxsize);
export const simpleQueue = (): SimpleQueue => new SharedSimpleQueue();
export const pipe = (duplex?: boolean): [Connection, Connection] => Pipe(duplex);
export const value: typeof makeValue = makeValue;
export const array: typeof makeArray = makeArray;
