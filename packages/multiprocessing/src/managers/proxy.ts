import { type Medium, reduce, reference, revive, unpack, unpackSync } from "@concurrent-futures/callable";
import { addressText } from "../connection/address.ts";
import { currentOwnerPath } from "../contract/owner.ts";
import { showsAsText } from "../transfer.ts";
import { accessTo, processKey, rememberServer, type ServerAccess, setAuthkey } from "./authkey.ts";
import { extras } from "./extras.ts";
import { decodeError, decodeErrorSync } from "./known-errors.ts";
import { linkTo, type RequestBody } from "./link.ts";
import { flushNotifications } from "./notifications.ts";
import { packValue, restoreProxies } from "./proxy-values.ts";
import { requestSync } from "./sync-link.ts";
import type { ProxyState, Reply } from "./wire.ts";

/** What of a proxy goes to this program's own workers: the key as well. */
interface OwnState {
  readonly state: ProxyState;
  readonly access: ServerAccess;
  readonly processKey: Uint8Array;
}

const gone = new FinalizationRegistry<ProxyState>((state) => drop(state));

/**
 * Stands for an object that lives in a manager's server (Python: `BaseProxy`). Its methods are those of the object, as
 * promises; each has a twin that blocks, with the suffix `Sync`. It can be passed on anywhere: as an argument, into
 * other managed objects, through queues. The object lives as long as there is a proxy of it.
 */
export class BaseProxy {
  readonly #state: ProxyState;
  #released = false;

  private constructor(state: ProxyState) {
    this.#state = state;
  }

  static {
    showsAsText(BaseProxy);
    Object.defineProperty(BaseProxy, reference, { value: { module: import.meta.url, path: ["BaseProxy"] } });
    Object.defineProperty(BaseProxy, revive, {
      value({ state, access, processKey }: OwnState): BaseProxy {
        setAuthkeyOnce(processKey);
        rememberServer(state.address, access);
        return makeProxy(state);
      },
    });
    Object.defineProperty(BaseProxy.prototype, reduce, {
      value(this: BaseProxy): OwnState {
        return { state: proxyState(this), access: accessTo(this.#state.address), processKey: processKey() };
      },
    });
  }

  /** For {@link makeProxy}. */
  static attach(state: ProxyState, prototype: object): BaseProxy {
    const proxy = new BaseProxy(state);
    Object.setPrototypeOf(proxy, prototype);
    gone.register(proxy, state, proxy);
    return proxy;
  }

  /** For those who pass proxies on. */
  static stateOf(proxy: BaseProxy): ProxyState {
    return proxy.#state;
  }

  /**
   * Calls a method of the object (Python: `_callmethod`).
   *
   * @throws what the method throws; BrokenPipeError when the server is gone; AuthenticationError when the key is refused.
   */
  async callMethod(method: string, args: readonly unknown[] = []): Promise<unknown> {
    return resultOf(this.#state, await request(this.#state, this.#call(method, args)));
  }

  /** As {@link callMethod}, blocking this thread. */
  callMethodSync(method: string, args: readonly unknown[] = []): unknown {
    flushNotifications();
    const access = accessTo(this.#state.address);
    return resultOfSync(this.#state, requestSync(this.#state.address, access.key, this.#call(method, args)));
  }

  /** Gives this proxy up: the object is let go when it was the last. Otherwise that happens when it is collected. */
  releaseProxy(): void {
    if (this.#released) return;
    this.#released = true;
    gone.unregister(this);
    drop(this.#state);
  }

  [Symbol.dispose](): void {
    this.releaseProxy();
  }

  /** The proxy, not the object, as in Python's `repr`. */
  toString(): string {
    return `<${this.#state.type} proxy ${this.#state.id.slice(0, 8)} at ${addressText(this.#state.address)}>`;
  }

  #call(method: string, args: readonly unknown[]): RequestBody {
    const { address, id } = this.#state;
    return {
      op: "call",
      object: id,
      method,
      args: packValue(args, mediumOf(accessTo(address)), "the arguments"),
      owner: currentOwnerPath(),
    };
  }
}

/** Sends a request on this thread's connection. */
export function request(server: Pick<ProxyState, "address">, body: RequestBody): Promise<Reply> {
  return linkTo(server.address, accessTo(server.address).key).request(body);
}

/** The value of a reply. @throws the error in it */
export async function resultOf(server: Pick<ProxyState, "address">, reply: Reply): Promise<unknown> {
  const medium = mediumOf(accessTo(server.address));
  if (!reply.ok) throw await decodeError(reply.error, medium, new Error().stack ?? "");
  return restoreProxies(await unpack(reply.value, medium), makeProxy);
}

/** As {@link resultOf}, for callers that cannot wait. */
export function resultOfSync(server: Pick<ProxyState, "address">, reply: Reply): unknown {
  const medium = mediumOf(accessTo(server.address));
  if (!reply.ok) throw decodeErrorSync(reply.error, medium, new Error().stack ?? "");
  return restoreProxies(unpackSync(reply.value, medium), makeProxy);
}

/** What may come from a server that this program started itself is more than what may come from elsewhere. */
export function mediumOf(access: ServerAccess): Medium {
  return access.trusted ? "spawn" : "network";
}

/** Whether a value is a proxy. */
export function isProxy(value: unknown): value is BaseProxy {
  return value instanceof BaseProxy;
}

/** What of a proxy may go anywhere. The server is told to keep the object until it has arrived. */
export function proxyState(proxy: BaseProxy): ProxyState {
  const state = BaseProxy.stateOf(proxy);
  if (!isLocal(state))
    linkTo(state.address, accessTo(state.address).key).post({ op: "lease", object: state.id });
  else local?.lease(state.id);
  return state;
}

/** The server in this very thread, if there is one: its proxies are handles of objects next door. */
export interface LocalServer {
  readonly address: () => string;
  lease(id: string): void;
  incref(id: string): void;
  decref(id: string): void;
}
let local: LocalServer | undefined;

/** Tells that a server runs in this thread; `undefined` when it has stopped. */
export function setLocalServer(server: LocalServer | undefined): void {
  local = server;
}

function isLocal(state: ProxyState): boolean {
  return local !== undefined && addressText(state.address) === local.address();
}

function drop(state: ProxyState): void {
  if (isLocal(state)) local?.decref(state.id);
  else linkTo(state.address, accessTo(state.address).key).post({ op: "decref", object: state.id });
}

let adopted = false;
function setAuthkeyOnce(key: Uint8Array): void {
  if (adopted) return;
  adopted = true;
  setAuthkey(key);
}

const prototypes = new Map<string, object>();

/** A proxy of an object, by its state. */
export function makeProxy(state: ProxyState): BaseProxy {
  if (isLocal(state)) local?.incref(state.id);
  else linkTo(state.address, accessTo(state.address).key).post({ op: "incref", object: state.id });
  const key = `${state.type} ${state.exposed.join()}`;
  let prototype = prototypes.get(key);
  if (prototype === undefined) {
    prototype = prototypeFor(state);
    prototypes.set(key, prototype);
  }
  return BaseProxy.attach(state, prototype);
}

// One class for all proxies, so that all travel alike; what differs is the prototype between.
function prototypeFor({ type, exposed }: ProxyState): object {
  const prototype = Object.create(BaseProxy.prototype) as object;
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  };
  for (const name of exposed) {
    // A proxy must not look like a promise to whoever awaits it.
    if (name === "then" || Object.hasOwn(BaseProxy.prototype, name)) continue;
    define(name, function (this: BaseProxy, ...args: unknown[]) {
      return this.callMethod(name, args);
    });
    define(`${name}Sync`, function (this: BaseProxy, ...args: unknown[]) {
      return this.callMethodSync(name, args);
    });
  }
  Object.defineProperties(
    prototype,
    Object.getOwnPropertyDescriptors(
      extras(type, exposed, (proxy) => mediumOf(accessTo(BaseProxy.stateOf(proxy).address))),
    ),
  );
  return prototype;
}

/** The proxy of an object of type T: its methods as promises, each with its blocking twin. */
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
