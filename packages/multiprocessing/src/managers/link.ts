import { randomUUID } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { type Address, addressText } from "../connection/address.ts";
import { frameOf } from "../connection/framing.ts";
import { authenticateToServer } from "../connection/handshake.ts";
import { openSocket } from "../connection/open-socket.ts";
import { SocketConnection } from "../connection/socket-connection.ts";
import { BrokenPipeError } from "../errors.ts";
import type { Reply, Request } from "./wire.ts";

type Unnumbered<R> = R extends Request ? Omit<R, "id"> : never;
/** A request before it has a number. */
export type RequestBody = Unnumbered<Request>;

interface QueuedRequest {
  readonly body: RequestBody;
  readonly bytes: Uint8Array;
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One connection to a manager's server. Requests are sent without waiting for the answers to those before. It keeps
 * the program alive while somebody waits for an answer.
 */
export class Link {
  readonly #address: Address;
  readonly #pending: Map<number, Pending> = new Map();
  #connection: SocketConnection | undefined;
  #outbox: QueuedRequest[] = [];
  #last = 0;
  #lost: unknown;

  constructor(address: Address, key: Uint8Array, client: string) {
    this.#address = address;
    this.#open(key, client).catch((error) => this.#onLost(error));
  }

  /** Whether the server is gone. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Sends a request; the promise fails when the connection does. */
  request(body: RequestBody): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost);
      const id = ++this.#last;
      this.#enqueue(body, id);
      this.#pending.set(id, { resolve, reject });
      if (this.#pending.size === 1) this.#connection?.setRef(true);
    });
  }

  /** Sends what needs no answer. */
  post(body: RequestBody): void {
    if (this.#lost === undefined) this.#enqueue(body, 0);
  }

  /** What was not sent yet and keeps objects alive, for who sends it by another way. */
  takeReferences(): RequestBody[] {
    const taken = this.#outbox.filter(({ body }) => keepsAlive(body));
    if (taken.length > 0) this.#outbox = this.#outbox.filter(({ body }) => !keepsAlive(body));
    return taken.map(({ body }) => body);
  }

  /** Sends what waits for the end of this turn: the thread is about to block. */
  flush(): void {
    if (this.#connection !== undefined) this.#flush();
  }

  close(): void {
    this.#onLost(new BrokenPipeError("The connection to the manager was closed here."));
  }

  async #open(key: Uint8Array, client: string): Promise<void> {
    const connection = new SocketConnection(await openSocket(this.#address));
    await authenticateToServer(connection, key);
    if (this.#lost !== undefined) return connection.destroy();
    this.#connection = connection;
    connection.onMessage(
      (body) => this.#settle(body),
      (fault) => this.#onLost(fault),
    );
    connection.write(frameOf(serialize({ op: "hello", id: 0, client } satisfies Request)));
    this.#flush();
    if (this.#pending.size === 0) connection.setRef(false);
  }

  #enqueue(body: RequestBody, id: number): void {
    const bytes = frameOf(serialize({ ...body, id } as Request));
    if (this.#outbox.push({ body, bytes }) === 1 && this.#connection !== undefined)
      queueMicrotask(() => this.#flush());
  }

  // What one turn sends goes in one write: pipelined calls cost one system call for many.
  #flush(): void {
    const all = this.#outbox;
    this.#outbox = [];
    if (all.length === 1) this.#connection?.write((all[0] as QueuedRequest).bytes);
    else if (all.length > 1) this.#connection?.write(Buffer.concat(all.map(({ bytes }) => bytes)));
  }

  #settle(body: Buffer): void {
    const reply = deserialize(body) as Reply;
    // Sent before who asked goes on: once its code has what was taken, the server knows.
    if (reply.ok && reply.ackRequested) this.post({ op: "received", reply: reply.id });
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#connection?.setRef(false);
    pending?.resolve(reply);
  }

  #onLost(cause?: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = isRefusal(cause)
      ? cause
      : new BrokenPipeError(
          `The manager at ${addressText(this.#address)} is gone: it was shut down, or its process ended.`,
          { cause },
        );
    this.#connection?.destroy();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(this.#lost);
  }
}

/** Whether the keys differ. A server that ends during the handshake refuses nothing: it has hung up, which is the cause. */
function isRefusal(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === "ERR_AUTHENTICATION" && cause === undefined;
}

/** Who this thread is to all servers: its connections belong together. */
export const thisClient: string = randomUUID();

const links = new Map<string, Link>();

/**
 * Takes what this thread's connection has not told a server of its proxies: a thread that blocks would send it too late,
 * and an object that nobody knows to be in use is let go.
 */
export function unsentReferences(address: Address, key: Uint8Array): readonly RequestBody[] {
  return links.get(linkName(address, key, thisClient))?.takeReferences() ?? [];
}

function keepsAlive({ op }: RequestBody): boolean {
  return op === "incref" || op === "lease";
}

function linkName(address: Address, key: Uint8Array, client: string): string {
  return `${addressText(address)} ${client} ${Buffer.from(key).toString("base64")}`;
}

/** This thread's connection to a server; a new one when the last is lost. */
export function linkTo(address: Address, key: Uint8Array, client: string = thisClient): Link {
  const text = linkName(address, key, client);
  let link = links.get(text);
  if (link === undefined || link.lost) {
    link = new Link(address, key, client);
    links.set(text, link);
  }
  return link;
}

/** Sends at once what all links of this thread have to send. */
export function flushLinks(): void {
  for (const link of links.values()) link.flush();
}
