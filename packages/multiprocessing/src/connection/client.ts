import { checkInteger, checkOptions } from "@concurrent-futures/core/options";
import { type Address, checkAddress } from "./address.ts";
import { type AllowedClass, checkAllowedClasses } from "./allowed-classes.ts";
import type { Authkey } from "./auth.ts";
import { defaultMaxMessageSize } from "./framing.ts";
import { authenticateToServer } from "./handshake.ts";
import { openSocket } from "./open-socket.ts";
import { SocketConnection } from "./socket-connection.ts";

/** Options of {@link Client}. */
export interface ClientOptions {
  /** The listener's key. This side proves it, and has the listener prove it. @default none */
  readonly authkey?: Authkey;
  /** The longest message that is received, in bytes. @default 256 MiB */
  readonly maxMessageSize?: number;
  /**
   * Classes whose instances `recv()` takes, made by their static `[revive](state, "network")`, and classes of errors. All
   * else arrives as data, or is refused.
   * @default none
   */
  readonly allow?: readonly AllowedClass[];
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
  checkOptions("options", options, ["authkey", "maxMessageSize", "allow"]);
  const { authkey, maxMessageSize = defaultMaxMessageSize } = options;
  checkInteger("maxMessageSize", maxMessageSize);
  const allow = checkAllowedClasses(options.allow);
  const connection = new SocketConnection(await openSocket(checkAddress(address)), { maxMessageSize, allow });
  if (authkey !== undefined) await authenticateToServer(connection, authkey);
  return connection;
}
