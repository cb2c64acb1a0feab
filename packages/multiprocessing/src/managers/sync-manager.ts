import { checkIterable } from "@concurrent-futures/core/options";
import type { Barrier, BarrierAction } from "../contract/barrier.ts";
import type { Condition } from "../contract/condition.ts";
import type { Event } from "../contract/event.ts";
import type { Lock, RLock } from "../contract/lock.ts";
import type { JoinableQueue } from "../contract/queue.ts";
import type { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import type { InputOf, Typecode } from "../contract/typecodes.ts";
import type { ContextPoolOptions } from "../pool/options.ts";
import { packAction } from "../served/barrier.ts";
import type {
  ArrayObject,
  DictEntries,
  DictObject,
  ListObject,
  NamespaceObject,
  ValueObject,
} from "../served/objects/containers.ts";
import type { SetObject } from "../served/objects/sets.ts";
import type { Managed } from "./managed.ts";
import { BaseManager } from "./manager.ts";
import type { ManagerOptions } from "./manager-options.ts";
import type { PoolProxy } from "./pool-proxy.ts";
import type { BaseProxy, ProxyOf } from "./proxy.ts";
import { mediumOf } from "./remote.ts";

/** A dict in a manager; `for await` gives its keys. */
export type DictProxy<K = unknown, V = unknown> = ProxyOf<DictObject<K, V>> & AsyncIterable<K>;
/** A list in a manager; `for await` gives its items. */
export type ListProxy<T = unknown> = ProxyOf<ListObject<T>> & AsyncIterable<T>;
/** A set in a manager; `for await` gives its items. Objects in it are equal when what is in them is. */
export type SetProxy<T = unknown> = ProxyOf<SetObject<T>> & AsyncIterable<T>;
/** A namespace in a manager. */
export type NamespaceProxy = ProxyOf<NamespaceObject>;
/** A number in a manager: `get()`, `set(value)`. */
export type ValueProxy<C extends Typecode = Typecode> = ProxyOf<ValueObject<C>>;
/** Numbers in a manager. */
export type ArrayProxy<C extends Typecode = Typecode> = ProxyOf<ArrayObject<C>>;
/** A lock in a manager. */
export type LockProxy = Managed<Lock, "locked">;
/** A recursive lock in a manager. */
export type RLockProxy = Managed<RLock, "locked">;
/** A semaphore in a manager. */
export type SemaphoreProxy = Managed<Semaphore, "getValue" | "locked">;
/** A bounded semaphore in a manager. */
export type BoundedSemaphoreProxy = Managed<BoundedSemaphore, "getValue" | "locked">;
/** A condition in a manager. */
export type ConditionProxy = Managed<Condition, "locked">;
/** An event in a manager. */
export type EventProxy = Managed<Event, "isSet">;
/** A barrier in a manager. */
export type BarrierProxy = Managed<Barrier, "parties" | "nWaiting" | "broken">;
/** A queue in a manager: as Python's `queue.Queue`, each is joinable. */
export type QueueProxy<T = unknown> = Managed<JoinableQueue<T>, "qsize" | "empty" | "full">;

/** A manager of Python's usual objects (Python: `SyncManager`). Made and started by {@link Manager}. */
export class SyncManager extends BaseManager {
  protected override get servesBuiltinTypes(): boolean {
    return true;
  }

  dict<K = string, V = unknown>(entries: DictEntries<K, V> = []): Promise<DictProxy<K, V>> {
    return this.#make("dict", [entries]);
  }
  list<T = unknown>(items: Iterable<T> = []): Promise<ListProxy<T>> {
    return this.#make("list", [[...items]]);
  }
  /** As in Python 3.14. @param items - what it starts with; of equal ones the first stays */
  async set<T = unknown>(items: Iterable<T> = []): Promise<SetProxy<T>> {
    checkIterable("items", items);
    return this.#make("set", [[...items]]);
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
    return this.#make("Barrier", [parties, timeout, packAction(action, mediumOf(this.address))]);
  }
  Queue<T = unknown>(maxsize: number = 0): Promise<QueueProxy<T>> {
    return this.#make("Queue", [maxsize]);
  }
  JoinableQueue<T = unknown>(maxsize: number = 0): Promise<QueueProxy<T>> {
    return this.#make("JoinableQueue", [maxsize]);
  }
  /** @param options - as `new Pool()` takes them; the start method is the server's own, threads. */
  Pool<A extends readonly unknown[] = []>(options?: number | ContextPoolOptions<A>): Promise<PoolProxy> {
    return this.#make("Pool", [options]);
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
