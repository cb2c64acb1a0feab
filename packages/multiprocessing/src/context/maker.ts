import { type ModuleReference, reference } from "@concurrent-futures/callable/load";
import type { Barrier, BarrierAction } from "../contract/barrier.ts";
import type { Condition } from "../contract/condition.ts";
import type { Connection } from "../contract/connection.ts";
import type { Event } from "../contract/event.ts";
import type { Lock, RLock } from "../contract/lock.ts";
import type { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import type { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";

/** Makes a primitive, with `new` and without, as in Python. `x instanceof maker` is true for those of each context. */
export interface Maker<A extends readonly unknown[], T extends object> {
  (...args: A): T;
  new (...args: A): T;
  readonly prototype: T;
}

/** As {@link Maker}, with the type of the items. */
export interface QueueMaker {
  <T = unknown>(maxsize?: number): Queue<T>;
  new <T = unknown>(maxsize?: number): Queue<T>;
  readonly prototype: Queue;
}

/** As {@link Maker}, with the type of the items. */
export interface JoinableQueueMaker {
  <T = unknown>(maxsize?: number): JoinableQueue<T>;
  new <T = unknown>(maxsize?: number): JoinableQueue<T>;
  readonly prototype: JoinableQueue;
}

/** As {@link Maker}, with the type of the items. */
export interface SimpleQueueMaker {
  <T = unknown>(): SimpleQueue<T>;
  new <T = unknown>(): SimpleQueue<T>;
  readonly prototype: SimpleQueue;
}

/** What workers share, in each context: for threads it is shared memory, for processes it lives in a server. */
export interface Primitives {
  readonly Lock: Maker<[], Lock>;
  readonly RLock: Maker<[], RLock>;
  readonly Semaphore: Maker<[value?: number], Semaphore>;
  readonly BoundedSemaphore: Maker<[value?: number], BoundedSemaphore>;
  readonly Condition: Maker<[lock?: Lock | RLock], Condition>;
  readonly Event: Maker<[], Event>;
  readonly Barrier: Maker<[parties: number, action?: BarrierAction, timeout?: number], Barrier>;
  readonly Queue: QueueMaker;
  readonly JoinableQueue: JoinableQueueMaker;
  readonly SimpleQueue: SimpleQueueMaker;
  Pipe(duplex?: boolean): [Connection, Connection];
}

/**
 * A maker of a primitive.
 *
 * @param Contract - the class that instances belong to.
 * @param at - where the maker can be imported, so that it can be sent alone as well.
 */
export function maker<M>(
  name: string,
  Contract: { readonly prototype: object },
  make: (...args: never[]) => object,
  at?: ModuleReference,
): M {
  // What `new` is given back replaces `this`.
  function Make(...args: never[]): object {
    if (new.target !== undefined && new.target !== Make)
      throw new TypeError(`${name} cannot be extended: wrap an instance instead.`);
    return make(...args);
  }
  Object.defineProperties(Make, {
    name: { value: name },
    prototype: { value: Contract.prototype },
    ...(at && { [reference]: { value: at } }),
  });
  return Make as unknown as M;
}
