import { workerData } from "node:worker_threads";
import { frameHead } from "../connection/framing.ts";
import { authenticateToServer } from "../connection/handshake.ts";
import { openSocket } from "../connection/open-socket.ts";
import { SocketConnection } from "../connection/socket-connection.ts";
import { AuthenticationError } from "../errors.ts";
import type { FromLinkThread, LinkLoss, LinkThreadStart, ToLinkThread } from "./link-thread.ts";

/** The link thread of one thread: it carries frames between that thread and the servers, and looks at none. */
const { wakeWord, port } = workerData as LinkThreadStart;

class Relay {
  readonly #link: number;
  #connection: SocketConnection | undefined;
  /** Frames that came before the connection was there. */
  #early: Uint8Array[] = [];
  /** Messages of the server that go on at the end of this turn: many in one. */
  #arrived: Buffer[] = [];
  #closed = false;

  constructor({ link, open }: Extract<ToLinkThread, { readonly open: unknown }>) {
    this.#link = link;
    this.#open(open).catch((error: unknown) => this.#lose(error));
  }

  send(frames: Uint8Array): void {
    if (this.#connection === undefined) this.#early.push(frames);
    else this.#connection.write(frames);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.destroy();
    relays.delete(this.#link);
  }

  async #open({ address, key }: { readonly address: Parameters<typeof openSocket>[0]; key: Uint8Array }) {
    const connection = new SocketConnection(await openSocket(address));
    await authenticateToServer(connection, key, "none");
    if (this.#closed) return connection.destroy();
    this.#connection = connection;
    connection.onMessage(
      (body) => this.#arrive(body),
      (fault) => this.#lose(fault),
    );
    for (const frames of this.#early.splice(0)) connection.write(frames);
  }

  #arrive(body: Buffer): void {
    if (this.#arrived.push(body) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const bodies = this.#arrived;
    this.#arrived = [];
    if (bodies.length === 0) return;
    const frames = Uint8Array.from(Buffer.concat(bodies.flatMap((body) => [frameHead(body.length), body])));
    post({ link: this.#link, frames }, [frames.buffer]);
  }

  #lose(error: unknown): void {
    if (this.#closed) return;
    this.#flush();
    this.close();
    post({ link: this.#link, lost: error instanceof Error ? lossOf(error) : undefined }, []);
  }
}

function lossOf(error: Error): LinkLoss {
  const isAuthentication = error instanceof AuthenticationError;
  // A server that ends during the handshake refuses nothing: it has hung up, which is the cause.
  const kind = !isAuthentication ? "lost" : error.cause === undefined ? "refused" : "unauthenticated";
  return { kind, message: error.message };
}

function post(message: FromLinkThread, transfer: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
  Atomics.add(wakeWord, 0, 1);
  Atomics.notify(wakeWord, 0);
}

const relays = new Map<number, Relay>();

port.on("message", (message: ToLinkThread) => {
  if ("open" in message) relays.set(message.link, new Relay(message));
  else if ("frames" in message) relays.get(message.link)?.send(message.frames);
  else relays.get(message.link)?.close();
});
