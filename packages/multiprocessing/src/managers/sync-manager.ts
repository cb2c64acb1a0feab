import type { ServedBarrier } from "../served/objects/barriers.ts";
import type {
  DictEntries,
  ServedArray,
  ServedDict,
  ServedList,
  ServedNamespace,
  ServedValue,
} from "../served/objects/containers.ts";
import type { ServedLock, ServedRLock } from "../served/objects/locks.ts";
import type { ServedQueue, ServedSimpleQueue } from "../served/objects/queues.ts";
import type { ServedBoundedSemaphore, ServedSemaphore } from "../served/objects/semaphores.ts";
import type { ServedCondition, ServedEvent } from "../served/objects/signals.ts";
import type { BarrierAction } from "../shared/barrier.ts";
import type { InputOf, Typecode } from "../shared/typecodes.ts";
import { accessTo } from "./authkey.ts";
import { type BarrierExtras, packAction } from "./barrier-extras.ts";
import type { AcquirableExtras, ConditionExtras } from "./extras.ts";
import { BaseManager, type ManagerOptions } from "./manager.ts";
import type { PoolProxy } from "./pool-proxy.ts";
import { type BaseProxy, mediumOf, type ProxyOf } from "./proxy.ts";

/** A dict in a manager; `for await` gives its keys. */
export type DictProxy<K = unknown, V = unknown> = ProxyOf<ServedDict<K, V>> & AsyncIterable<K>;
/** A list in a manager; `for await` gives its items. */
export type ListProxy<T = unknown> = ProxyOf<ServedList<T>> & AsyncIterable<T>;
/** A namespace in a manager. */
export type NamespaceProxy = ProxyOf<ServedNamespace>;
/** A number in a manager: `get()`, `set(value)`. */
export type ValueProxy<C extends Typecode = Typecode> = ProxyOf<ServedValue<C>>;
/** Numbers in a manager. */
export type ArrayProxy<C extends Typecode = Typecode> = ProxyOf<ServedArray<C>>;
/** A lock in a manager. */
export type LockProxy = ProxyOf<ServedLock> & AcquirableExtras;
/** A recursive lock in a manager. */
export type RLockProxy = ProxyOf<ServedRLock> & AcquirableExtras;
/** A semaphore in a manager. */
export type SemaphoreProxy = ProxyOf<ServedSemaphore> & AcquirableExtras;
/** A bounded semaphore in a manager. */
export type BoundedSemaphoreProxy = ProxyOf<ServedBoundedSemaphore> & AcquirableExtras;
/** A condition in a manager. */
export type ConditionProxy = ProxyOf<ServedCondition> & ConditionExtras;
/** An event in a manager. */
export type EventProxy = ProxyOf<ServedEvent>;
/** A barrier in a manager. */
export type BarrierProxy = ProxyOf<Pick<ServedBarrier, "reset" | "abort">> & BarrierExtras;
/** A queue in a manager; a joinable one as well. */
export type QueueProxy = ProxyOf<ServedQueue>;
/** A queue with `put`, `get` and `empty` only, of `getContext("spawn")`. */
export type SimpleQueueProxy = ProxyOf<ServedSimpleQueue>;

/** A manager of Python's usual objects (Python: `SyncManager`). Made and started by {@link Manager}. */
export class SyncManager extends BaseManager {
  dict<K = string, V = unknown>(entries: DictEntries<K, V> = []): Promise<DictProxy<K, V>> {
    return this.#make("dict", [entries]);
  }
  list<T = unknown>(items: Iterable<T> = []): Promise<ListProxy<T>> {
    return this.#make("list", [[...items]]);
  }
  Namespace(values: Readonly<Record<string, unknown>> = {}): Promise<NamespaceProxy> {
    return this.#make("Namespace", [values]);
  }
  Value<C extends Typecode>(typecode: C, initial?: InputOf<C>): Promise<ValueProxy<C>> {
    return this.#make("Value", [typecode, initial]);
  }
  Array<C extends Typecode>(
    typecode: C,
    sizeOrInitial: number | Iterable<InputOf<C>>,
  ): Promise<ArrayProxy<C>> {
    return this.#make("Array", [
      typecode,
      typeof sizeOrInitial === "number" ? sizeOrInitial : [...sizeOrInitial],
    ]);
  }
  Lock(): Promise<LockProxy> {
    return this.#make("Lock", []);
  }
  RLock(): Promise<RLockProxy> {
    return this.#make("RLock", []);
  }
  Semaphore(value: number = 1): Promise<SemaphoreProxy> {
    return this.#make("Semaphore", [value]);
  }
  BoundedSemaphore(value: number = 1): Promise<BoundedSemaphoreProxy> {
    return this.#make("BoundedSemaphore", [value]);
  }
  /** @param lock - a Lock or RLock of this manager. @default a new RLock */
  Condition(lock?: LockProxy | RLockProxy): Promise<ConditionProxy> {
    return this.#make("Condition", lock === undefined ? [] : [lock]);
  }
  Event(): Promise<EventProxy> {
    return this.#make("Event", []);
  }
  /** @param action - called in the client that arrives last, before anyone goes on; it goes there by value. */
  async Barrier(parties: number, action?: BarrierAction, timeout?: number): Promise<BarrierProxy> {
    return this.#make("Barrier", [parties, timeout, packAction(action, mediumOf(accessTo(this.address)))]);
  }
  Queue(maxsize: number = 0): Promise<QueueProxy> {
    return this.#make("Queue", [maxsize]);
  }
  JoinableQueue(maxsize: number = 0): Promise<QueueProxy> {
    return this.#make("JoinableQueue", [maxsize]);
  }
  Pool(processes?: number): Promise<PoolProxy> {
    return this.#make("Pool", [processes]);
  }

  async #make<P extends BaseProxy>(type: string, args: readonly unknown[]): Promise<P> {
    return (await this.create(type, args)) as P;
  }
}

/**
 * Starts a manager (Python: `multiprocessing.Manager()`).
 *
 * @example
 * ```ts
 * await using manager = await Manager();
 * const results = await manager.dict();
 * await results.set("a", 1);
 * ```
 */
export async function Manager(options: ManagerOptions = {}): Promise<SyncManager> {
  return await new SyncManager(options).start();
}
