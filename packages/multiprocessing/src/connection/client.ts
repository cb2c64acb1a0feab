import { checkOptions } from "@concurrent-futures/core/options";
import { type Address, checkAddress } from "./address.ts";
import { type AllowedClass, checkAllowedClasses } from "./allowed-classes.ts";
import { type Authkey, givenKey } from "./authkey-option.ts";
import { checkMessageSize, defaultMaxMessageSize } from "./framing.ts";
import { authenticateToServer, checkPythonPeers, type PythonPeers } from "./handshake.ts";
import { messageFormat } from "./message-format.ts";
import { openSocket } from "./open-socket.ts";
import { SocketConnection } from "./socket-connection.ts";

/** Options of {@link Client}. */
export interface ClientOptions {
  /** The listener's key. This side proves it, and has the listener prove it. `null` says outright that there is none. @default none */
  readonly authkey?: Authkey | null;
  /**
   * Which Pythons it speaks to, besides listeners that use this library: `"any"` from 3.7 on, `"modern"` from 3.12 on, whose
   * handshake does without MD5, `"none"`.
   * @default "any"
   */
  readonly pythonPeers?: PythonPeers;
  /** The longest message that is received, in bytes: at most 2147483647. @default 256 MiB */
  readonly maxMessageSize?: number;
  /**
   * Classes whose instances `recv()` takes, made by their static `[revive](state, "network")`, and classes of errors. All
   * else arrives as data, or is refused.
   * @default none
   */
  readonly allow?: readonly AllowedClass[];
  /**
   * `"pickle"`: the other side is Python, and `send` and `recv` exchange plain data with its `recv()` and `send()`. A dict
   * arrives as a `Map`, lists and tuples as arrays, bytes as `Uint8Array`; everything that could run code is refused.
   * @default this library's own form
   */
  readonly format?: "pickle";
}

/**
 * Connects to a listener (Python: `multiprocessing.connection.Client`).
 *
 * @throws AuthenticationError when the keys differ; OSError when nobody listens there.
 *
 * @example
 * ```ts
 * const connection = await Client(["127.0.0.1", 6000], { authkey: "secret" });
 * await connection.send({ hello: "there" });
 * ```
 */
export async function Client(address: Address, options: ClientOptions = {}): Promise<SocketConnection> {
  checkOptions("options", options, ["authkey", "pythonPeers", "maxMessageSize", "allow", "format"]);
  const { maxMessageSize = defaultMaxMessageSize } = options;
  const key = givenKey(options);
  const peers = checkPythonPeers(options.pythonPeers);
  checkMessageSize(maxMessageSize);
  const format = messageFormat(options.format, checkAllowedClasses(options.allow));
  const connection = new SocketConnection(await openSocket(checkAddress(address)), {
    maxMessageSize,
    format,
  });
  if (key) await authenticateToServer(connection, key, peers);
  return connection;
}
