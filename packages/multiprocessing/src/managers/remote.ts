import { type Medium, reduce, reference, revive } from "@concurrent-futures/callable";
import { RuntimeError, SerializationError } from "@concurrent-futures/core";
import { stackOf } from "@concurrent-futures/core/thrown";
import { type Address, addressText, isEveryInterface } from "../connection/address.ts";
import { currentOwnerPath } from "../contract/owner.ts";
import { processKey, setAuthkey } from "../process/authkey.ts";
import { decodeError, decodeErrorSync } from "./known-errors.ts";
import { type Link, linkTo, type RequestBody } from "./link.ts";
import { type ProxyMaker, packValue, unpackValue, unpackValueSync } from "./proxy-values.ts";
import { remoteKey } from "./remote-of.ts";
import { accessTo, isKnownServer, rememberServer, type ServerAccess } from "./server-access.ts";
import type { ProxyState, Reply } from "./wire.ts";

/** What of a handle is sent: to this program's own workers the keys as well. */
interface RemoteState {
  readonly state: ProxyState;
  readonly own?: { readonly access: ServerAccess; readonly processKey: Uint8Array };
}

type Server = Pick<ProxyState, "address">;

const collected = new FinalizationRegistry<ProxyState>((state) => countReference(state, "decref"));

/**
 * The handle of an object that lives in a server: it calls methods, and keeps the object alive. All proxies, and all
 * primitives of the spawn context, hold one. It can be sent anywhere.
 */
export class Remote {
  readonly state: ProxyState;
  #counted = false;
  #released = false;

  constructor(state: ProxyState) {
    this.state = state;
    if (isReachable(state)) this.#count();
  }

  #count(): void {
    this.#counted = true;
    countReference(this.state, "incref");
    collected.register(this, this.state, this);
  }

  /** @throws RuntimeError when the program has not connected to the server */
  #link(): Link {
    if (!isReachable(this.state)) {
      const at = addressText(this.state.address);
      throw new RuntimeError(
        `This ${this.state.type} is in a manager's server at ${at}, to which this program has not connected. ` +
          "Connect to it first: `await new BaseManager({ address, authkey }).connect()`.",
      );
    }
    if (!this.#counted) this.#count();
    return linkOf(this.state);
  }

  static {
    Object.defineProperty(Remote, reference, { value: { module: import.meta.url, path: ["Remote"] } });
    Object.defineProperty(Remote, revive, {
      value({ state, own }: RemoteState): Remote {
        if (own !== undefined) {
          setAuthkeyOnce(own.processKey);
          rememberServer(state.address, own.access);
        }
        return new Remote(state);
      },
    });
    Object.defineProperty(Remote.prototype, reduce, {
      value(this: Remote, medium: Medium): RemoteState {
        const state = this.lease();
        if (medium === "network") return { state };
        // Classes stay: those of this thread may be none that a worker can have.
        const { key, trusted } = accessTo(state.address);
        return { state, own: { access: { key, trusted }, processKey: processKey() } };
      },
    });
    Object.defineProperty(Remote.prototype, remoteKey, {
      get(this: Remote): Remote {
        return this;
      },
    });
  }

  /**
   * Calls a method of the object.
   *
   * @param owner - as which owner of an RLock; see `contract/owner.ts`
   * @throws what the method throws; BrokenPipeError when the server is gone; AuthenticationError when the key is refused.
   */
  async call(
    method: string,
    args: readonly unknown[] = [],
    owner: readonly number[] = currentOwnerPath(),
  ): Promise<unknown> {
    return resultOf(this.state, await this.#link().request(this.#request(method, args, owner)));
  }

  /** As {@link call}, blocking this thread. */
  callSync(
    method: string,
    args: readonly unknown[] = [],
    owner: readonly number[] = currentOwnerPath(),
  ): unknown {
    return resultOfSync(this.state, this.#link().requestSync(this.#request(method, args, owner)));
  }

  /** Calls a method and ignores what comes of it. When the server is gone, the next call says so. */
  notify(method: string, args: readonly unknown[]): void {
    this.#link().post(this.#request(method, args, currentOwnerPath()));
  }

  /** Gives the handle up: the object is let go when it was the last. Otherwise that happens when it is collected. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (!this.#counted) return;
    collected.unregister(this);
    countReference(this.state, "decref");
  }

  /** The state to be sent. The server keeps the object until it has arrived. */
  lease(): ProxyState {
    if (isLocal(this.state)) local?.lease(this.state.id);
    else if (isReachable(this.state)) linkOf(this.state).post({ op: "lease", object: this.state.id });
    return this.state;
  }

  /**
   * As {@link lease}, for a message that goes to neither end of this connection.
   *
   * @throws SerializationError when the server's address means nothing on another machine
   */
  stateForAnyMachine(): ProxyState {
    const { address, type } = this.state;
    if (typeof address !== "string" && !isEveryInterface(address[0])) return this.lease();
    throw new SerializationError(
      `This ${type} lives in a manager's server at ${addressText(address)}, which means nothing on another machine. ` +
        "Make the manager with `address: [host, port]`, where `host` is a name by which the others reach it, and an `authkey`.",
    );
  }

  toString(): string {
    const { type, id, address } = this.state;
    return `<${type} proxy ${id.slice(0, 8)} at ${addressText(address)}>`;
  }

  #request(method: string, args: readonly unknown[], owner: readonly number[]): RequestBody {
    const { address, id } = this.state;
    return {
      op: "call",
      object: id,
      method,
      args: packValue(args, mediumOf(address), "the arguments", address),
      owner: owner.join("/"),
    };
  }
}

/** The value of a reply. @throws the error in it */
export async function resultOf({ address }: Server, reply: Reply): Promise<unknown> {
  const origin = { peer: address, medium: mediumOf(address), allow: accessTo(address).allow };
  if (!reply.ok) throw await decodeError(reply.error, origin, stackOf(new Error()) ?? "");
  return await unpackValue(reply.value, origin, makeProxy);
}

/** As {@link resultOf}, for callers that cannot wait. */
export function resultOfSync({ address }: Server, reply: Reply): unknown {
  const origin = { peer: address, medium: mediumOf(address), allow: accessTo(address).allow };
  if (!reply.ok) throw decodeErrorSync(reply.error, origin, stackOf(new Error()) ?? "");
  return unpackValueSync(reply.value, origin, makeProxy);
}

/** What may come from a server that this program started itself is more than what may come from elsewhere. */
export function mediumOf(address: Address): Medium {
  return accessTo(address).trusted ? "spawn" : "network";
}

let makeProxy: ProxyMaker = (state) => new Remote(state);

/** How proxies are made that come in a reply. Handles know nothing of them. */
export function setProxyMaker(make: ProxyMaker): void {
  makeProxy = make;
}

/** The server in this very thread, if there is one: its proxies are handles of objects next door. */
export interface LocalServer {
  readonly address: () => string;
  lease(id: string): void;
  incref(id: string): void;
  decref(id: string): void;
}
let local: LocalServer | undefined;

/** Registers the server that runs in this thread; `undefined` when it has stopped. */
export function setLocalServer(server: LocalServer | undefined): void {
  local = server;
}

function isLocal({ address }: Server): boolean {
  return local !== undefined && addressText(address) === local.address();
}

function countReference(state: ProxyState, op: "incref" | "decref"): void {
  if (isLocal(state)) local?.[op](state.id);
  else linkOf(state).post({ op, object: state.id });
}

/** This thread's connection to a server. */
export function linkOf({ address }: Server): Link {
  const { key } = accessTo(address);
  return linkTo(address, key, mediumOf(address));
}

/** Whether calls can reach a server: what a network names is not connected to before the program has done so itself. */
function isReachable(state: Server): boolean {
  return isLocal(state) || isKnownServer(state.address);
}

let adopted = false;
function setAuthkeyOnce(key: Uint8Array): void {
  if (adopted) return;
  adopted = true;
  setAuthkey(key);
}
