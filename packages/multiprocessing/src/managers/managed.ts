import { Acquirable } from "../contract/acquirable.ts";
import { ServedBarrier } from "../served/barrier.ts";
import { ServedCondition } from "../served/condition.ts";
import { ServedEvent } from "../served/event.ts";
import { ServedLock, ServedRLock } from "../served/lock.ts";
import { ServedJoinableQueue } from "../served/queue.ts";
import { ServedBoundedSemaphore, ServedSemaphore } from "../served/semaphore.ts";
import type { BaseProxy } from "./proxy.ts";
import type { Remote } from "./remote.ts";
import { handleOf, remoteKey } from "./remote-of.ts";

/**
 * A primitive in a manager: a contract, but for what looks at it. The server may be on another machine, or in this very
 * thread, where blocking would never end; so those members are promises, and methods among them have a `…Sync`.
 */
export type Managed<P, L extends keyof P> = BaseProxy &
  Omit<P, L | typeof Symbol.toStringTag> & {
    readonly [K in L]: P[K] extends (...args: infer A) => infer R
      ? (...args: A) => Promise<R>
      : Promise<P[K]>;
  } & {
    readonly [K in L as P[K] extends (...args: never[]) => unknown ? `${K & string}Sync` : never]: P[K];
  };

interface ManagedType {
  /** The class over a handle that the spawn context has; its methods are those of the proxy. */
  readonly Served: new (
    remote: Remote,
  ) => object;
  /** What looks at the object. */
  readonly looks: readonly string[];
}

const types: Readonly<Record<string, ManagedType>> = {
  Lock: { Served: ServedLock, looks: ["locked"] },
  RLock: { Served: ServedRLock, looks: ["locked"] },
  Semaphore: { Served: ServedSemaphore, looks: ["getValue", "locked"] },
  BoundedSemaphore: { Served: ServedBoundedSemaphore, looks: ["getValue", "locked"] },
  Condition: { Served: ServedCondition, looks: ["locked"] },
  Event: { Served: ServedEvent, looks: ["isSet"] },
  Barrier: { Served: ServedBarrier, looks: ["parties", "nWaiting", "broken"] },
  Queue: { Served: ServedJoinableQueue, looks: ["qsize", "empty", "full"] },
  JoinableQueue: { Served: ServedJoinableQueue, looks: ["qsize", "empty", "full"] },
};

/** Whether proxies of this built-in type are made here. */
export function isManaged(builtin: string): boolean {
  return Object.hasOwn(types, builtin);
}

/**
 * What makes the proxies of a built-in type; `undefined` for any other. They have the methods of the spawn context's
 * class, and of the contract above it, but are not instances of it: as their looks are promises, they must not pass for it.
 *
 * @param handle - what all proxies have
 */
export function managedMaker(builtin: string, handle: object): ((remote: Remote) => object) | undefined {
  const type = isManaged(builtin) ? types[builtin] : undefined;
  if (type === undefined) return undefined;
  const { Served, looks } = type;
  const isAcquirable = Served.prototype instanceof Acquirable;
  const end: object = isAcquirable ? Acquirable.prototype : Object.prototype;
  const prototype = Object.create(end) as object;
  borrow(prototype, handle, (key) => key !== remoteKey);
  for (let at: object = Served.prototype; at !== end; at = Object.getPrototypeOf(at) as object)
    borrow(prototype, at, (key) => !Object.hasOwn(prototype, key) && key !== Symbol.toStringTag);
  for (const look of looks) {
    const isMethod = Object.getOwnPropertyDescriptor(prototype, look)?.value !== undefined;
    Object.defineProperty(prototype, look, asPromise(look, isMethod));
  }
  function ManagedProxy(): void {}
  ManagedProxy.prototype = prototype;
  return (remote) => Reflect.construct(Served, [remote], ManagedProxy) as object;
}

function borrow(to: object, from: object, isWanted: (key: string | symbol) => boolean): void {
  for (const key of Reflect.ownKeys(from)) {
    if (isWanted(key))
      Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor);
  }
}

function asPromise(look: string, isMethod: boolean): PropertyDescriptor {
  function ask(this: object, ...args: unknown[]): Promise<unknown> {
    return handleOf(this).call(look, args);
  }
  return isMethod ? { value: ask } : { get: ask };
}
