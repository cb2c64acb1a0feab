import { randomUUID } from "node:crypto";
import type { Medium } from "@concurrent-futures/callable";
import { type Address, addressText } from "../connection/address.ts";
import { FrameParser, frameOf } from "../connection/framing.ts";
import { AuthenticationError, BrokenPipeError, OSError } from "../errors.ts";
import { type FromLinkThread, linkThread } from "./link-thread.ts";
import { decodeReply, encodeMessage } from "./messages.ts";
import type { Reply, Request } from "./wire.ts";

type Unnumbered<R> = R extends Request ? Omit<R, "id"> : never;
/** A request before it has a number. */
export type RequestBody = Unnumbered<Request>;

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * This thread's one connection to a manager's server, for promises and for blocking calls: what is called first arrives
 * first. Requests are sent without waiting for the replies to those before. It keeps the program alive while somebody
 * waits for a reply.
 */
export class Link {
  readonly #address: Address;
  readonly #thread: ReturnType<typeof linkThread>;
  readonly #number: number;
  readonly #parser: FrameParser = new FrameParser(Number.POSITIVE_INFINITY);
  readonly #pending: Map<number, Pending> = new Map();
  #outbox: Uint8Array[] = [];
  #last = 0;
  #lost: unknown;

  readonly #medium: Medium;

  constructor(address: Address, key: Uint8Array, medium: Medium) {
    this.#medium = medium;
    this.#address = address;
    this.#thread = linkThread();
    this.#number = this.#thread.open(address, key, (message) => this.#receive(message));
    this.#enqueue({ op: "hello", client: randomUUID() }, 0);
  }

  /** Whether the server is gone. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Sends a request; the promise fails when the connection does. */
  request(body: RequestBody): Promise<Reply> {
    return new Promise((resolve, reject) => this.#request(body, { resolve, reject }));
  }

  /** As {@link request}, blocking this thread. */
  requestSync(body: RequestBody): Reply {
    let outcome: { readonly reply: Reply } | { readonly error: unknown } | undefined;
    this.#request(body, {
      resolve: (reply) => {
        outcome = { reply };
      },
      reject: (error) => {
        outcome = { error };
      },
    });
    this.#flush();
    for (;;) {
      // What the compiler cannot see: it is set while something is received.
      const settled = outcome as typeof outcome | undefined;
      if (settled === undefined) this.#thread.receiveSync();
      else if ("reply" in settled) return settled.reply;
      else throw settled.error;
    }
  }

  /** Sends what needs no reply. */
  post(body: RequestBody): void {
    if (this.#lost === undefined) this.#enqueue(body, 0);
  }

  close(): void {
    this.#thread.close(this.#number);
    this.#onLost(new BrokenPipeError("The connection to the manager was closed here."));
  }

  #request(body: RequestBody, pending: Pending): void {
    if (this.#lost !== undefined) {
      pending.reject(this.#lost);
      return;
    }
    const id = ++this.#last;
    this.#enqueue(body, id);
    this.#pending.set(id, pending);
    if (this.#pending.size === 1) this.#thread.setWaiting(true);
  }

  // What one turn sends goes in one message: pipelined calls cost one change of threads for many.
  #enqueue(body: RequestBody, id: number): void {
    if (this.#outbox.push(frameOf(encodeMessage({ ...body, id } as Request, this.#medium))) === 1)
      queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const frames = this.#outbox;
    this.#outbox = [];
    // A buffer of its own: only that can be handed over.
    if (frames.length > 0) this.#thread.send(this.#number, Uint8Array.from(Buffer.concat(frames)));
  }

  #receive(message: FromLinkThread): void {
    if ("lost" in message) {
      const { kind = "lost", message: text = "The connection has ended." } = message.lost ?? {};
      const cause = kind === "lost" ? new OSError(text) : new AuthenticationError(text);
      this.#onLost(cause, kind === "refused");
      return;
    }
    this.#parser.push(Buffer.from(message.frames.buffer));
    for (let body = this.#parser.next(); body !== undefined; body = this.#parser.next()) this.#settle(body);
  }

  #settle(body: Buffer): void {
    let reply: Reply;
    try {
      reply = decodeReply(body, this.#medium);
    } catch (error) {
      // A server that sends an invalid message is not used again: its callers get an error.
      this.#thread.close(this.#number);
      this.#onLost(error as Error);
      return;
    }
    // Sent before who asked goes on: once its code has what was taken, the server knows.
    if (reply.ok && reply.ackRequested) this.post({ op: "received", reply: reply.id });
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#thread.setWaiting(false);
    pending.resolve(reply);
  }

  #onLost(cause: Error, isRefused: boolean = false): void {
    if (this.#lost !== undefined) return;
    forget(this);
    this.#lost = isRefused
      ? cause
      : new BrokenPipeError(
          `The manager at ${addressText(this.#address)} is gone: it was shut down, or its process ended.`,
          { cause },
        );
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    if (pending.length > 0) this.#thread.setWaiting(false);
    for (const { reject } of pending) reject(this.#lost);
  }
}

const links = new Map<string, Link>();

function forget(lost: Link): void {
  for (const [text, link] of links) if (link === lost) links.delete(text);
}

/** This thread's connection to a server; a new one when the last is lost. */
export function linkTo(address: Address, key: Uint8Array, medium: Medium): Link {
  const text = `${addressText(address)} ${medium} ${Buffer.from(key).toString("base64")}`;
  let link = links.get(text);
  if (link === undefined || link.lost) {
    link = new Link(address, key, medium);
    links.set(text, link);
  }
  return link;
}
