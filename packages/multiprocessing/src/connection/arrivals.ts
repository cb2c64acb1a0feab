import { OSError } from "../errors.ts";
import type { Address } from "./address.ts";
import type { Authkey } from "./auth.ts";
import { welcomeClient } from "./handshake.ts";
import type { SocketConnection } from "./socket-connection.ts";

/** A connection, and where it came from: `undefined` for Unix sockets. */
export interface Arrival {
  readonly connection: SocketConnection;
  readonly from: Address | undefined;
}

/**
 * How many connections may be on their way in, not yet known to have the key. When there are more, the one that has been
 * silent longest is hung up on: clients prove themselves within milliseconds, who only sits there does not.
 */
export const mostStrangers = 256;

/** What came to a listener and was not accepted yet. Handshakes run side by side: who is silent keeps nobody waiting. */
export class Arrivals {
  readonly #authkey: Authkey | undefined;
  readonly #strangers: Set<SocketConnection> = new Set();
  readonly #ready: Arrival[] = [];
  #refused: unknown[] = [];
  readonly #waiting: (() => void)[] = [];
  #ended = false;

  constructor(authkey: Authkey | undefined) {
    this.#authkey = authkey;
  }

  add(arrival: Arrival): void {
    if (this.#authkey === undefined) {
      this.#ready.push(arrival);
      this.#waiting.shift()?.();
    } else void this.#welcome(arrival, this.#authkey);
  }

  /** The next that has the key. @throws AuthenticationError for one that has not; OSError when there will be no more */
  async next(): Promise<Arrival> {
    for (;;) {
      const arrival = this.#ready.shift();
      if (arrival !== undefined) return arrival;
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
    for (const stranger of this.#strangers) stranger.destroy();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #welcome(arrival: Arrival, authkey: Authkey): Promise<void> {
    const { connection } = arrival;
    this.#strangers.add(connection);
    const [oldest] = this.#strangers;
    if (this.#strangers.size > mostStrangers) oldest?.destroy();
    try {
      await welcomeClient(connection, authkey);
      if (this.#ended) return connection.destroy();
      this.#ready.push(arrival);
    } catch (error) {
      connection.destroy();
      // Nobody needs to hear of all that were refused while nobody accepted.
      if (this.#ended || this.#refused.length >= mostStrangers) return;
      this.#refused.push(error);
    } finally {
      this.#strangers.delete(connection);
    }
    this.#waiting.shift()?.();
  }
}
