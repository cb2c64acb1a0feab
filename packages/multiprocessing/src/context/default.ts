import type { ModuleReference } from "@concurrent-futures/callable/load";
import * as barrier from "../contract/barrier.ts";
import * as condition from "../contract/condition.ts";
import type { Connection } from "../contract/connection.ts";
import * as event from "../contract/event.ts";
import * as lock from "../contract/lock.ts";
import * as queue from "../contract/queue.ts";
import * as semaphore from "../contract/semaphore.ts";
import type { Typecode } from "../contract/typecodes.ts";
import * as value from "../contract/value.ts";
import { getContext } from "./context.ts";
import { maker, type Primitives } from "./maker.ts";

/**
 * The primitives as this package exports them: each is made by the default context, which is fixed by that. The types are
 * the contracts, which those of each context satisfy.
 */

/** Taken out of the module, each still is what the module's own is, also in a worker. */
function byDefault<N extends keyof Primitives>(
  name: N,
  Contract: { readonly prototype: object },
): Primitives[N] {
  const make = (...args: readonly unknown[]): object =>
    (getContext()[name] as (...args: readonly unknown[]) => object)(...args);
  const at: ModuleReference = { module: import.meta.url, path: [name] };
  return maker(name, Contract, make, at);
}

/** Mutual exclusion; any worker may release it. See the type for its methods. */
export const Lock: Primitives["Lock"] = /* @__PURE__ */ byDefault("Lock", lock.Lock);
export type Lock = lock.Lock;

/** A lock that its owner can acquire again. */
export const RLock: Primitives["RLock"] = /* @__PURE__ */ byDefault("RLock", lock.RLock);
export type RLock = lock.RLock;

/** A number of permits. */
export const Semaphore: Primitives["Semaphore"] = /* @__PURE__ */ byDefault("Semaphore", semaphore.Semaphore);
export type Semaphore = semaphore.Semaphore;

/** A semaphore that cannot be released above its first value. */
export const BoundedSemaphore: Primitives["BoundedSemaphore"] = /* @__PURE__ */ byDefault(
  "BoundedSemaphore",
  semaphore.BoundedSemaphore,
);
export type BoundedSemaphore = semaphore.BoundedSemaphore;

/** A lock with a queue of callers that wait for something to become true. @see Condition.wait */
export const Condition: Primitives["Condition"] = /* @__PURE__ */ byDefault("Condition", condition.Condition);
export type Condition = condition.Condition;

/** A flag to wait for. */
export const Event: Primitives["Event"] = /* @__PURE__ */ byDefault("Event", event.Event);
export type Event = event.Event;

/**
 * A number of callers that wait for each other.
 *
 * @param parties - how many.
 * @param action - called by the last to arrive. If it throws, the barrier is broken. It is sent by value.
 * @param timeout - milliseconds for each `wait()` that does not say otherwise.
 */
export const Barrier: Primitives["Barrier"] = /* @__PURE__ */ byDefault("Barrier", barrier.Barrier);
export type Barrier = barrier.Barrier;

/** First in, first out, between workers; bounded when `maxsize` is above 0. */
export const Queue: Primitives["Queue"] = /* @__PURE__ */ byDefault("Queue", queue.Queue);
export type Queue<T = unknown> = queue.Queue<T>;

/** A queue with `put`, `get` and `empty` only. */
export const SimpleQueue: Primitives["SimpleQueue"] = /* @__PURE__ */ byDefault(
  "SimpleQueue",
  queue.SimpleQueue,
);
export type SimpleQueue<T = unknown> = queue.SimpleQueue<T>;

/** A queue whose `join()` waits until all of its items have been worked on. */
export const JoinableQueue: Primitives["JoinableQueue"] = /* @__PURE__ */ byDefault(
  "JoinableQueue",
  queue.JoinableQueue,
);
export type JoinableQueue<T = unknown> = queue.JoinableQueue<T>;

/** A number or character that workers share, with a lock. See the type for its members. */
export const Value: Primitives["Value"] = /* @__PURE__ */ byDefault("Value", value.Value);
export type Value<C extends Typecode = Typecode> = value.Value<C>;

/** Numbers or characters in a row that workers share, with a lock. See the type for its members. */
export const SharedArray: Primitives["Array"] = /* @__PURE__ */ byDefault("Array", value.SharedArray);
export type SharedArray<C extends Typecode = Typecode> = value.SharedArray<C>;
export { SharedArray as Array };

/**
 * Makes the two ends of a pipe (Python: `multiprocessing.Pipe`). Pass one of them to a worker as an argument; it is then
 * the worker's, and when the worker ends the other end sees EOFError.
 *
 * @param duplex - whether both ends send and receive; otherwise the first receives and the second sends.
 * @default true
 *
 * @example
 * ```ts
 * const [here, there] = Pipe();
 * pool.submit(talk, there);
 * await here.send("hello");
 * console.log(await here.recv());
 * ```
 */
export function Pipe(duplex: boolean = true): [Connection, Connection] {
  return getContext().Pipe(duplex);
}
