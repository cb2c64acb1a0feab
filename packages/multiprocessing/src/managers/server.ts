import { createServer, type Socket, type Server as SocketServer } from "node:net";
import type { Medium } from "@concurrent-futures/callable";
import { ValueError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { type Address, addressText } from "../connection/address.ts";
import { frameOf } from "../connection/framing.ts";
import { authenticateClient } from "../connection/handshake.ts";
import { listen } from "../connection/listener.ts";
import { maxUnauthenticated } from "../connection/pending-connections.ts";
import { SocketConnection } from "../connection/socket-connection.ts";
import { removeTemporary } from "../connection/temporary-address.ts";
import { AttributeError } from "./attribute-error.ts";
import { failureReply } from "./failure-reply.ts";
import type { ManagerLimits } from "./limits.ts";
import { checkArguments, decodeRequest, encodeMessage, type RefusedRequest } from "./messages.ts";
import { ObjectTable } from "./object-table.ts";
import { makeProxy } from "./proxy.ts";
import { packValue, unpackValue } from "./proxy-values.ts";
import type { Registry } from "./registry.ts";
import { setLocalServer } from "./remote.ts";
import { remoteOf } from "./remote-of.ts";
import { rememberServer } from "./server-access.ts";
import { type Caller, currentCaller, Session, withCaller } from "./session.ts";
import { UnacknowledgedReplies } from "./unacknowledged-replies.ts";
import type { ProxyState, Reply, Request } from "./wire.ts";

/** What a server is started with. */
export interface ServerOptions {
  readonly address: Address;
  readonly key: Uint8Array;
  readonly registry: Registry;
  /** Only this program's workers can reach it: values may name classes that must be imported. */
  readonly trusted: boolean;
  readonly limits: ManagerLimits;
  /** Classes that clients may send instances and errors of, by their names. */
  readonly allow: ReadonlyMap<string, Function>;
  /** Whether the address goes with the server. @default false */
  readonly temporary?: boolean;
}

/**
 * Holds the objects of a manager and carries out the calls of its proxies (Python: `managers.Server`). Each call runs
 * by itself: one that waits stops no other, and whatever a client sends or leaves out harms only that client.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #medium: Medium;
  readonly #server: SocketServer;
  readonly #objects: ObjectTable;
  /** Proxies that were made only to be sent. */
  readonly #passing: WeakSet<object> = new WeakSet();
  readonly #sessions: Map<string, Session> = new Map();
  readonly #connections: Set<SocketConnection> = new Set();
  readonly #unauthenticated: Set<SocketConnection> = new Set();
  readonly #stopped: Promise<void>;
  #stop: () => void = () => {};

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#objects = new ObjectTable(options.limits.references);
    this.#medium = options.trusted ? "spawn" : "network";
    this.#server = createServer((socket) => void this.#authenticate(socket));
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  /** Where it serves; with port 0 the real port once it listens. */
  get address(): Address {
    const bound = this.#server.address();
    const given = this.#options.address;
    return bound !== null && typeof bound === "object" ? [given[0] as string, bound.port] : given;
  }

  /** Begins to listen. @throws OSError */
  async listen(): Promise<void> {
    await listen(this.#server, this.#options.address, 1024);
    // What it sends of its own proxies to this program's workers says how it is reached.
    const { key, trusted, allow } = this.#options;
    rememberServer(this.address, { key, trusted, allow });
    setLocalServer({
      address: () => addressText(this.address),
      lease: (id) => this.#objects.lease(id, currentCaller().session, true),
      incref: (id) => this.#objects.incref(id),
      decref: (id) => this.#objects.decref(id),
    });
  }

  /** Listens, and resolves when `close()` was called (Python: `serve_forever`). */
  async serveForever(): Promise<void> {
    if (!this.#server.listening) await this.listen();
    await this.#stopped;
  }

  /** Ends it when nobody has a proxy of its objects any more. */
  closeWhenUnused(): void {
    this.#objects.whenEmpty(() => this.close());
  }

  /** Ends it: all connections are closed. */
  close(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.close();
    for (const connection of this.#unauthenticated) connection.destroy();
    setLocalServer(undefined);
    if (this.#options.temporary) removeTemporary(this.#options.address);
    this.#stop();
  }

  async #authenticate(socket: Socket): Promise<void> {
    const connection = new SocketConnection(socket);
    this.#unauthenticated.add(connection);
    const [oldest] = this.#unauthenticated;
    if (this.#unauthenticated.size > maxUnauthenticated) oldest?.destroy();
    const { key, limits } = this.#options;
    try {
      await authenticateClient(connection, key, "none", limits.silence);
    } catch {
      // Wrong key, garbage, silence: hung up on, and nobody else hears of it.
      connection.destroy();
      return;
    } finally {
      this.#unauthenticated.delete(connection);
    }
    this.#connections.add(connection);
    const unacknowledged = new UnacknowledgedReplies();
    const { unsentBytes, silence } = limits;
    let session: Session | undefined;
    const hurry = new Deadline(silence).whenPassed(() => connection.destroy());
    connection.onMessage(
      (body) => {
        try {
          const request = decodeRequest(body, this.#medium);
          hurry();
          if (request.op === "hello") session ??= this.#join(String(request.client));
          else if (session === undefined) throw new ValueError("Expected a hello first.");
          else if (request.op === "received") unacknowledged.received(request.reply);
          else
            this.#answer(connection, unacknowledged, session, request, body.length).catch(() =>
              connection.destroy(),
            );
        } catch {
          connection.destroy();
        }
      },
      () => {
        hurry();
        this.#connections.delete(connection);
        connection.destroy();
        if (session !== undefined && --session.connections === 0) this.#leave(session);
        unacknowledged.end();
      },
      unsentBytes,
    );
  }

  #join(client: string): Session {
    let session = this.#sessions.get(client);
    if (session === undefined) {
      session = new Session(client, this.#options.limits);
      this.#sessions.set(client, session);
    }
    session.connections++;
    return session;
  }

  #leave(session: Session): void {
    this.#sessions.delete(session.client);
    session.end();
    this.#objects.releaseAll(session);
  }

  async #answer(
    connection: SocketConnection,
    unacknowledged: UnacknowledgedReplies,
    session: Session,
    request: Request | RefusedRequest,
    size: number,
  ): Promise<void> {
    const { id } = request;
    let bytes: Uint8Array;
    let undo: (() => void) | undefined;
    const onUndelivered = (how: () => void): void => {
      undo = how;
    };
    let over = (): void => {};
    try {
      if (request.op === "call" || request.op === "create") over = session.begin(size, unacknowledged.size);
      const result = await this.#carryOut(session, request, onUndelivered);
      // Proxies in it are being sent to this client.
      const value = withCaller({ session, owner: [], onUndelivered }, () =>
        packValue(result, this.#medium, "the result", this.address),
      );
      if (typeof result === "object" && result !== null && this.#passing.has(result))
        remoteOf(result)?.release();
      const reply: Reply =
        undo === undefined ? { id, ok: true, value } : { id, ok: true, value, ackRequested: true };
      bytes = frameOf(encodeMessage(reply, this.#medium));
      if (undo !== undefined) unacknowledged.add(id, undo);
    } catch (error) {
      // What was taken and cannot be told goes back.
      undo?.();
      bytes = failureReply(id, error, this.#medium);
    } finally {
      over();
    }
    if (id !== 0) connection.write(bytes);
  }

  #carryOut(
    session: Session,
    request: Request | RefusedRequest,
    onUndelivered: Caller["onUndelivered"],
  ): unknown {
    switch (request.op) {
      case "call":
        return this.#call(session, request, onUndelivered);
      case "create":
        return this.#create(session, request);
      case "incref":
        return this.#objects.incref(request.object, session);
      case "decref":
        return this.#objects.decref(request.object, session);
      case "lease":
        return this.#objects.lease(request.object, session);
      case "refused":
        throw request.error;
      case "info":
        return { objects: this.#objects.size, clients: this.#sessions.size };
      default:
        throw new ValueError(`Unknown request ${JSON.stringify(request.op)}.`);
    }
  }

  async #create(session: Session, { type, args }: Request & { op: "create" }): Promise<ProxyState> {
    const registered = this.#options.registry.get(type);
    if (registered?.make === undefined) {
      throw new ValueError(
        `The manager's server cannot make ${JSON.stringify(type)}: register() it there with a callable.`,
      );
    }
    const given = checkArguments(await this.#unpack(args));
    // These need the object itself; everybody else gets the proxy that was given.
    const real =
      type === "Condition" || type === "PipeEnd" ? given.map((item) => this.#original(item)) : given;
    return this.#state(this.#objects.add(await registered.make(...real), type, registered, session));
  }

  async #call(
    session: Session,
    request: Request & { op: "call" },
    onUndelivered: Caller["onUndelivered"],
  ): Promise<unknown> {
    const { object, exposed, registered, type } = this.#objects.get(request.object);
    const { method } = request;
    if (!exposed.includes(method)) {
      throw new AttributeError(
        `method ${JSON.stringify(method)} of ${type} objects is not in exposed=${JSON.stringify(exposed)}`,
      );
    }
    // Not awaited unless it must be: calls are carried out in the order in which they came.
    const unpacked = session.ordered(this.#unpack(request.args));
    const args = checkArguments(unpacked instanceof Promise ? await unpacked : unpacked);
    const fn = (object as Record<string, (...args: unknown[]) => unknown>)[method];
    const owner = String(request.owner).split("/").map(Number);
    const caller: Caller = { session, owner, onUndelivered };
    const result = await withCaller(caller, () => Reflect.apply(fn as Function, object, args));
    const typeid = registered.methodToTypeid[method];
    if (typeid === undefined) return result;
    const resultType = this.#options.registry.get(typeid);
    const known = resultType ?? { make: undefined, exposed: undefined, methodToTypeid: {} };
    const proxy = makeProxy(this.#state(this.#objects.add(result, typeid, known, session)));
    this.#passing.add(proxy);
    return proxy;
  }

  #unpack(packed: unknown): unknown {
    const { allow } = this.#options;
    return unpackValue(packed, { medium: this.#medium, peer: this.address, allow }, makeProxy);
  }

  #original(value: unknown): unknown {
    const state = remoteOf(value)?.state;
    if (state === undefined) return value;
    return addressText(state.address) === addressText(this.address)
      ? this.#objects.get(state.id).object
      : value;
  }

  #state(id: string): ProxyState {
    const { type, exposed, registered } = this.#objects.get(id);
    return { address: this.address, id, type, exposed, builtin: registered.builtin };
  }
}
