import { createServer, type Server, type Socket } from "node:net";
import { checkInteger, checkOptions } from "@concurrent-futures/core/options";
import { staysHere } from "@concurrent-futures/core/stays-here";
import { OSError } from "../errors.ts";
import { type Address, addressText, checkAddress } from "./address.ts";
import { type AllowedClass, checkAllowedClasses } from "./allowed-classes.ts";
import { type Authkey, givenKey } from "./authkey-option.ts";
import { checkMessageSize, defaultMaxMessageSize } from "./framing.ts";
import { checkPythonPeers, type PythonPeers } from "./handshake.ts";
import { checkListenerLimits, type ListenerLimits } from "./listener-limits.ts";
import { messageFormat } from "./message-format.ts";
import { PendingConnections } from "./pending-connections.ts";
import { SocketConnection, type SocketConnectionOptions } from "./socket-connection.ts";
import { removeTemporary, temporaryAddress } from "./temporary-address.ts";

/** Options of a {@link Listener}. */
export interface ListenerOptions {
  /** `[host, port]` (port 0: any free one) or a path. @default a Unix socket in a new folder that only this user can enter */
  readonly address?: Address;
  /** Clients must know it and this side proves it too. Without one, anybody is let in: over TCP a warning says so, unless `null` says it outright. @default none */
  readonly authkey?: Authkey | null;
  /** Which Pythons it lets in, besides clients that use this library; see {@link ClientOptions.pythonPeers}. @default "any" */
  readonly pythonPeers?: PythonPeers;
  /** How many connections may wait in the kernel. @default 128 (Python: 1) */
  readonly backlog?: number;
  /** The longest message that is received, in bytes: at most 2147483647. @default 256 MiB */
  readonly maxMessageSize?: number;
  /** Classes whose instances and errors its connections take; see {@link ClientOptions.allow}. @default none */
  readonly allow?: readonly AllowedClass[];
  /**
   * `"pickle"`: the other side is Python, and `send` and `recv` exchange plain data with its `recv()` and `send()`. A dict
   * arrives as a `Map`, lists and tuples as arrays, bytes as `Uint8Array`; everything that could run code is refused.
   * @default this library's own form
   */
  readonly format?: "pickle";
  /** What those who connect may make it hold before they are accepted; see {@link ListenerLimits}. */
  readonly limits?: Partial<ListenerLimits>;
}

/**
 * Waits for connections (Python: `multiprocessing.connection.Listener`). It listens from the constructor on; a port or
 * path that is taken is told by the first `accept()` or `ready()`.
 *
 * @example
 * ```ts
 * await using listener = new Listener({ address: ["127.0.0.1", 0], authkey: "secret" });
 * await listener.ready();
 * const connection = await listener.accept();
 * console.log(await connection.recv());
 * ```
 */
export class Listener implements AsyncDisposable {
  static {
    staysHere(Listener, "Send its address, and connect to that with Client().");
  }

  readonly #server: Server;
  readonly #given: Address;
  readonly #temporary: boolean;
  readonly #listening: Promise<void>;
  readonly #pending: PendingConnections;
  #lastAccepted: Address | undefined;
  #closed = false;

  constructor(options: ListenerOptions = {}) {
    checkOptions("options", options, [
      "address",
      "authkey",
      "pythonPeers",
      "backlog",
      "maxMessageSize",
      "allow",
      "format",
      "limits",
    ]);
    const { address, backlog = 128, maxMessageSize = defaultMaxMessageSize } = options;
    checkMessageSize(maxMessageSize);
    const key = givenKey(options);
    const at = address === undefined ? undefined : checkAddress(address);
    this.#pending = new PendingConnections(
      key ?? undefined,
      checkPythonPeers(options.pythonPeers),
      checkListenerLimits(options.limits, key instanceof Uint8Array),
    );
    if (key === undefined && typeof at === "object") warnOfOpenListener(at);
    this.#temporary = at === undefined;
    this.#given = at ?? temporaryAddress();
    const format = messageFormat(options.format, checkAllowedClasses(options.allow));
    const taken = { maxMessageSize, format };
    this.#server = createServer((socket) => this.#accept(socket, taken));
    this.#listening = listen(this.#server, this.#given, checkInteger("backlog", backlog));
    this.#listening.catch(() => {});
  }

  /** Where it listens. With port 0 the real port is known after `ready()`. */
  get address(): Address {
    const bound = this.#server.address();
    return bound !== null && typeof bound === "object" ? [bound.address, bound.port] : this.#given;
  }

  /** Where the connection that was accepted last came from; `undefined` for Unix sockets (Python: `last_accepted`). */
  get lastAccepted(): Address | undefined {
    return this.#lastAccepted;
  }

  /** Resolves when it listens. @throws OSError when the address is taken or cannot be used */
  async ready(): Promise<this> {
    await this.#listening;
    return this;
  }

  /**
   * Waits for the next connection; where there is a key, for the next that has proved it. Handshakes begin when clients
   * come, side by side: one that says nothing keeps nobody waiting, and is hung up on after `limits.silence`.
   *
   * @throws AuthenticationError when that client has another key (the listener goes on: accept again); OSError when the
   * listener is closed, or cannot listen.
   */
  async accept(): Promise<SocketConnection> {
    await this.#listening;
    const { connection, from } = await this.#pending.next();
    this.#lastAccepted = from;
    return connection;
  }

  /** Listens no more. Connections that were accepted stay. Twice does no harm. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending.end();
    await this.#listening.catch(() => {});
    // Not awaited: it calls back only when the last accepted connection has ended.
    this.#server.close();
    if (this.#temporary) removeTemporary(this.#given);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: Socket, taken: SocketConnectionOptions): void {
    const { remoteAddress, remotePort } = socket;
    const from: Address | undefined =
      remoteAddress === undefined || remotePort === undefined ? undefined : [remoteAddress, remotePort];
    this.#pending.add({ connection: new SocketConnection(socket, taken), socket, from });
  }
}

function warnOfOpenListener(address: Address): void {
  process.emitWarning(
    `A Listener at ${addressText(address)} without an authkey accepts every program that can reach it. ` +
      "Pass an authkey, or `authkey: null` if that is intended.",
    { type: "SecurityWarning", code: "CF_LISTENER_WITHOUT_KEY" },
  );
}

/** Starts to listen. @throws OSError */
export function listen(server: Server, address: Address, backlog: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (cause) =>
      reject(new OSError(`Cannot listen at ${addressText(address)}: ${cause.message}.`, { cause })),
    );
    if (typeof address === "string") server.listen({ path: address, backlog });
    else server.listen({ host: address[0], port: address[1], backlog });
  });
}
