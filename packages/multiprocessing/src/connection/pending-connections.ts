import type { Socket } from "node:net";
import { OSError } from "../errors.ts";
import type { Address } from "./address.ts";
import { authenticateClient, type PythonPeers } from "./handshake.ts";
import type { ListenerLimits } from "./listener-limits.ts";
import type { SocketConnection } from "./socket-connection.ts";

/** A connection, and where it came from: `undefined` for Unix sockets. */
export interface PendingConnection {
  readonly connection: SocketConnection;
  readonly socket: Socket;
  readonly from: Address | undefined;
}

/**
 * How many connections may be unauthenticated. When there are more, the oldest is closed: a real client authenticates within milliseconds.
 */
export const maxUnauthenticated = 256;

/** The connections of a listener that were not accepted yet. Handshakes run concurrently: a silent peer delays no other. */
export class PendingConnections {
  readonly #key: Uint8Array | undefined;
  readonly #peers: PythonPeers;
  readonly #limits: ListenerLimits;
  readonly #unauthenticated: Set<SocketConnection> = new Set();
  readonly #ready: PendingConnection[] = [];
  /** Ends the bound on what is read of each before it is accepted. */
  readonly #release: WeakMap<SocketConnection, () => void> = new WeakMap();
  #refused: unknown[] = [];
  readonly #waiting: (() => void)[] = [];
  #ended = false;

  constructor(key: Uint8Array | undefined, peers: PythonPeers, limits: ListenerLimits) {
    this.#limits = limits;
    this.#key = key;
    this.#peers = peers;
  }

  add(pending: PendingConnection): void {
    // Pieces are read at once, as a client may write and leave before anybody accepts it; but only this many.
    this.#release.set(pending.connection, readAtMost(pending.socket, this.#limits.unacceptedBytes));
    if (this.#key === undefined) this.#await(pending);
    else void this.#authenticate(pending, this.#key);
  }

  /** The next that has the key. @throws AuthenticationError for one that has not; OSError when there will be no more */
  async next(): Promise<PendingConnection> {
    for (;;) {
      const pending = this.#ready.shift();
      if (pending !== undefined) {
        this.#release.get(pending.connection)?.();
        return pending;
      }
      if (this.#refused.length > 0) throw this.#refused.shift();
      if (this.#ended) throw new OSError("Listener is closed");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Hangs up on all who were not accepted. */
  end(): void {
    this.#ended = true;
    this.#refused = [];
    for (const { connection } of this.#ready.splice(0)) connection.destroy();
    for (const connection of this.#unauthenticated) connection.destroy();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #await(pending: PendingConnection): void {
    if (this.#ready.length >= this.#limits.unaccepted) {
      pending.connection.destroy();
      return;
    }
    this.#ready.push(pending);
    this.#waiting.shift()?.();
  }

  async #authenticate(pending: PendingConnection, key: Uint8Array): Promise<void> {
    const { connection } = pending;
    this.#unauthenticated.add(connection);
    const [oldest] = this.#unauthenticated;
    if (this.#unauthenticated.size > maxUnauthenticated) oldest?.destroy();
    try {
      await authenticateClient(connection, key, this.#peers, this.#limits.silence);
      if (this.#ended) return connection.destroy();
      this.#await(pending);
    } catch (error) {
      connection.destroy();
      // Nobody needs to hear of all that were refused while nobody accepted.
      if (this.#ended || this.#refused.length >= maxUnauthenticated) return;
      this.#refused.push(error);
      this.#waiting.shift()?.();
    } finally {
      this.#unauthenticated.delete(connection);
    }
  }
}

/** Stops reading a socket when so much has come; gives the function that goes on with it. */
function readAtMost(socket: Socket, bytes: number): () => void {
  let left = bytes;
  const count = (piece: Buffer): void => {
    left -= piece.length;
    if (left < 0) socket.pause();
  };
  socket.on("data", count);
  return () => {
    socket.off("data", count);
    if (left < 0) socket.resume();
  };
}
