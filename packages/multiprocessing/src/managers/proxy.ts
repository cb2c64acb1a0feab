import { createHash } from "node:crypto";
import { reduce, reference, revive } from "@concurrent-futures/callable";
import { proxyState } from "@concurrent-futures/core/keys";
import { showsAsText } from "../transfer.ts";
import { isManaged, managedMaker } from "./managed.ts";
import { Remote, setProxyMaker } from "./remote.ts";
import { defineRemote, handleOf } from "./remote-of.ts";
import type { ProxyState } from "./wire.ts";

/**
 * Stands for an object that lives in a manager's server (Python: `BaseProxy`). Its methods are those that the server
 * exposes, as promises; each has a blocking variant with the suffix `Sync`. It can be sent anywhere: as an argument, into
 * other managed objects, through queues. The object lives as long as there is a proxy of it.
 */
export class BaseProxy implements Disposable {
  readonly #remote: Remote;

  private constructor(remote: Remote) {
    this.#remote = remote;
  }

  static {
    showsAsText(BaseProxy);
    defineRemote(BaseProxy, (proxy) => proxy.#remote);
    Object.defineProperty(BaseProxy, reference, { value: { module: import.meta.url, path: ["BaseProxy"] } });
    Object.defineProperty(BaseProxy, revive, { value: (remote: Remote) => proxyOf(remote) });
    Object.defineProperty(BaseProxy.prototype, reduce, {
      value(this: BaseProxy): Remote {
        return handleOf(this);
      },
    });
    Object.defineProperty(BaseProxy.prototype, proxyState, {
      value(this: BaseProxy): ProxyState {
        return handleOf(this).stateForAnyMachine();
      },
    });
  }

  /** For {@link proxyOf}. */
  static attach(remote: Remote, prototype: object): BaseProxy {
    return Object.setPrototypeOf(new BaseProxy(remote), prototype) as BaseProxy;
  }

  /**
   * Calls a method of the object (Python: `_callmethod`).
   *
   * @throws what the method throws; BrokenPipeError when the server is gone; AuthenticationError when the key is refused.
   */
  callMethod(method: string, args?: readonly unknown[]): Promise<unknown> {
    return handleOf(this).call(method, args);
  }

  /** As {@link callMethod}, blocking this thread. */
  callMethodSync(method: string, args?: readonly unknown[]): unknown {
    return handleOf(this).callSync(method, args);
  }

  /** Gives this proxy up: the object is let go when it was the last. Otherwise that happens when it is collected. */
  releaseProxy(): void {
    handleOf(this).release();
  }

  [Symbol.dispose](): void {
    this.releaseProxy();
  }

  /** The proxy, not the object, as in Python's `repr`. */
  toString(): string {
    return String(handleOf(this));
  }
}

/** What makes proxies, by what they are of. Only the latest are kept: whatever server a program uses can name any number. */
const makers = new Map<string, (remote: Remote) => object>();
const mostMakers = 256;

/** What a maker takes for each of its names, in bytes: two methods and their places, and the time that making them takes. */
const nameCost = 2_048;

/** Whether proxies of this built-in type have more than the methods that are exposed. */
function isSpecial(builtin: string): boolean {
  return builtin === "Iterator" || Object.hasOwn(iterated, builtin) || isManaged(builtin);
}

/** The proxy of an object. */
function proxyOf(remote: Remote, charge?: (bytes: number) => void): object {
  const { exposed } = remote.state;
  // Any other name of a type makes no difference: a client that makes names up does not get a prototype for each.
  const builtin = isSpecial(remote.state.builtin ?? "") ? (remote.state.builtin as string) : "";
  const key = builtin + keyOf(exposed);
  let make = makers.get(key);
  if (make === undefined) {
    charge?.(nameCost * exposed.length);
    make = managedMaker(builtin, BaseProxy.prototype) ?? exposedMaker(exposed, builtin);
    makers.set(key, make);
    const [oldest] = makers.keys();
    if (makers.size > mostMakers && oldest !== undefined) makers.delete(oldest);
  }
  // `proxy.x = 1` would be lost: it throws a TypeError instead.
  return Object.preventExtensions(make(remote));
}

/** A proxy of an object, by its state. @throws SerializationError by `charge`, when a message asks for too much */
export function makeProxy(state: ProxyState, charge?: (bytes: number) => void): object {
  return proxyOf(new Remote(state), charge);
}

/** A list as a text, written once: one list may belong to thousands of proxies. */
const keys = new WeakMap<readonly string[], string>();

function keyOf(exposed: readonly string[]): string {
  let key = keys.get(exposed);
  if (key === undefined) {
    key = createHash("sha256").update(JSON.stringify(exposed)).digest("base64");
    keys.set(exposed, key);
  }
  return key;
}
setProxyMaker(makeProxy);

// One class for all proxies, so that all are sent alike; what differs is the prototype between.
function exposedMaker(exposed: readonly string[], builtin: string): (remote: Remote) => BaseProxy {
  // Its place in the chain comes last: a thousand methods are put on an object that is a prototype's heir in three times the time.
  const prototype = Object.create(null) as object;
  const define = (name: string | symbol, value: unknown): void => {
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  };
  const names = new Set(exposed);
  for (const name of names) {
    // A proxy must not look like a promise to those that await it.
    if (name === "then" || Object.hasOwn(BaseProxy.prototype, name)) continue;
    define(name, function (this: BaseProxy, ...args: unknown[]) {
      return this.callMethod(name, args);
    });
    // A method that the object has itself comes first.
    if (names.has(`${name}Sync`)) continue;
    define(`${name}Sync`, function (this: BaseProxy, ...args: unknown[]) {
      return this.callMethodSync(name, args);
    });
  }
  const items = Object.hasOwn(iterated, builtin) ? iterated[builtin] : undefined;
  if (items !== undefined) {
    define(Symbol.asyncIterator, async function* (this: BaseProxy) {
      yield* (await this.callMethod(items)) as unknown[];
    });
  }
  if (builtin === "Iterator") {
    define(Symbol.asyncIterator, function (this: BaseProxy) {
      return this;
    });
  }
  Object.setPrototypeOf(prototype, BaseProxy.prototype);
  return (remote) => BaseProxy.attach(remote, prototype);
}

/** The built-in types that `for await` takes, and the method that gives what it gives. */
const iterated: Readonly<Record<string, string>> = {
  dict: "keys",
  list: "toArray",
  set: "toArray",
  Array: "toArray",
};

/** The proxy of an object of type T: its methods as promises, each with its blocking variant. */
export type ProxyOf<T> = BaseProxy & {
  readonly [K in keyof T as T[K] extends Method ? K : never]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
} & {
  readonly [K in keyof T as T[K] extends Method
    ? K extends string
      ? `${K}Sync`
      : never
    : never]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : never;
};

type Method = (...args: never[]) => unknown;
