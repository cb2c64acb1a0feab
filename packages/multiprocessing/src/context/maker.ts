import { type ModuleReference, reference } from "@concurrent-futures/callable/load";
import type { Barrier, BarrierAction } from "../contract/barrier.ts";
import type { Condition } from "../contract/condition.ts";
import type { Connection } from "../contract/connection.ts";
import type { Event } from "../contract/event.ts";
import type { Lock, RLock } from "../contract/lock.ts";
import type { JoinableQueue, Queue, SimpleQueue } from "../contract/queue.ts";
import type { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import type { InputOf, Typecode } from "../contract/typecodes.ts";
import type { SharedArray, Value } from "../contract/value.ts";
import type { SynchronizedArray } from "../shared/array.ts";
import type { RawArray } from "../shared/raw-array.ts";
import type { RawValue } from "../shared/raw-value.ts";
import type { SharedOptions } from "../shared/shared-options.ts";
import type { SynchronizedValue } from "../shared/value.ts";

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

type WithoutLock = SharedOptions & { readonly lock: false };
type SizeOrInitial<C extends Typecode> = number | Iterable<InputOf<C>>;

/** As {@link Maker}, with the typecode. Without a lock it makes a raw value. */
export interface ValueMaker {
  <C extends Typecode>(typecode: C, initial: InputOf<C> | undefined, options: WithoutLock): RawValue<C>;
  <C extends Typecode>(typecode: C, initial?: InputOf<C>, options?: SharedOptions): SynchronizedValue<C>;
  new <C extends Typecode>(typecode: C, initial: InputOf<C> | undefined, options: WithoutLock): RawValue<C>;
  new <C extends Typecode>(typecode: C, initial?: InputOf<C>, options?: SharedOptions): SynchronizedValue<C>;
  readonly prototype: Value;
}

/** As {@link Maker}, with the typecode. Without a lock it makes a raw array. */
export interface ArrayMaker {
  <C extends Typecode>(typecode: C, sizeOrInitial: SizeOrInitial<C>, options: WithoutLock): RawArray<C>;
  <C extends Typecode>(
    typecode: C,
    sizeOrInitial: SizeOrInitial<C>,
    options?: SharedOptions,
  ): SynchronizedArray<C>;
  new <C extends Typecode>(typecode: C, sizeOrInitial: SizeOrInitial<C>, options: WithoutLock): RawArray<C>;
  new <C extends Typecode>(
    typecode: C,
    sizeOrInitial: SizeOrInitial<C>,
    options?: SharedOptions,
  ): SynchronizedArray<C>;
  readonly prototype: SharedArray;
}

/** As {@link Maker}, with the typecode. */
export interface RawValueMaker {
  <C extends Typecode>(typecode: C, initial?: InputOf<C>): RawValue<C>;
  new <C extends Typecode>(typecode: C, initial?: InputOf<C>): RawValue<C>;
  readonly prototype: RawValue;
}

/** As {@link Maker}, with the typecode. */
export interface RawArrayMaker {
  <C extends Typecode>(typecode: C, sizeOrInitial: SizeOrInitial<C>): RawArray<C>;
  new <C extends Typecode>(typecode: C, sizeOrInitial: SizeOrInitial<C>): RawArray<C>;
  readonly prototype: RawArray;
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
  readonly Value: ValueMaker;
  readonly Array: ArrayMaker;
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
