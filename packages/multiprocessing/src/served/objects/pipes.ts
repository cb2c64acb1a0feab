import { checkTimeout } from "@concurrent-futures/core/options";
import { BrokenPipeError, EOFError, OSError } from "../../errors.ts";
import { currentCaller } from "../../managers/session.ts";
import { Waiters } from "./waiters.ts";

/** A message: an object, or bytes. */
interface Message {
  readonly raw: boolean;
  readonly value: unknown;
}

/**
 * One end of a pipe, in a server. It is open as long as it has a holder: a client, or one to which it is being sent. Each
 * holder has an id of its own, and calls about it may arrive in any order, more than once, and on several connections.
 */
export class PipeEndObject {
  readonly #items: Message[] = [];
  readonly #readers: Waiters<"item" | "end"> = new Waiters();
  readonly #pollers: Waiters<true> = new Waiters();
  /** The holders that are clients, and what keeps them from being released with the client. */
  readonly #holders: Map<string, () => void> = new Map();
  readonly #inTransit: Set<string> = new Set();
  readonly #released: Set<string> = new Set();
  #other: PipeEndObject | undefined;

  /**
   * @param holder - the id of its first holder.
   * @param other - the other end, for the second that is made.
   */
  constructor(holder: string, other?: PipeEndObject) {
    this.#inTransit.add(holder);
    this.#other = other;
    if (other !== undefined) other.#other = this;
  }

  /**
   * The client that calls holds this end from now on.
   *
   * @param from - the id of the holder that sent it.
   */
  retain(holder: string, from?: string): void {
    if (!this.#released.has(holder) && !this.#holders.has(holder)) {
      const forget = currentCaller().session.onDisconnect(() => this.#release(holder));
      this.#holders.set(holder, forget);
      this.#inTransit.delete(holder);
    }
    if (from !== undefined) this.#release(from);
  }

  /** This end is sent on: from now on the next holder counts. */
  detach(holder: string | undefined, next: string): void {
    if (!this.#holders.has(next) && !this.#released.has(next)) this.#inTransit.add(next);
    if (holder !== undefined) this.#release(holder);
  }

  /** This holder does not use the end any more. */
  close(holder: string): void {
    this.#release(holder);
  }

  /** @throws BrokenPipeError when nobody holds the other end */
  send(raw: boolean, value: unknown): void {
    const other = this.#other;
    if (other === undefined || other.#over) {
      throw new BrokenPipeError(
        "Nobody receives: the other end of the pipe was closed, or its worker ended.",
      );
    }
    other.#items.push({ raw, value });
    other.#pollers.wakeAll(true);
    other.#readers.wakeOne("item");
  }

  /** @throws EOFError */
  async recv(raw: boolean): Promise<unknown> {
    const message = await this.#next();
    // Bytes are objects too; the reverse has no answer.
    if (raw && !message.raw)
      throw new OSError("The message is an object, not bytes. Receive it with recv().");
    return message.value;
  }

  async poll(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    if (this.#items.length > 0 || this.#atEnd) return true;
    if (limit !== undefined && limit <= 0) return false;
    return (await this.#pollers.wait(limit)) ?? false;
  }

  async #next(): Promise<Message> {
    let message = this.#items.shift();
    if (message === undefined && !this.#atEnd) {
      // Taken in the moment when it comes: nobody who asks later has it before.
      await this.#readers.wait(undefined, currentCaller().session, (what) => {
        if (what === "item") message = this.#items.shift();
      });
    }
    if (message === undefined) throw new EOFError();
    return message;
  }

  get #over(): boolean {
    return this.#holders.size === 0 && this.#inTransit.size === 0;
  }

  /** Whether nothing more will come. */
  get #atEnd(): boolean {
    const other = this.#other;
    if (other === undefined) return false;
    return other.#over;
  }

  #release(holder: string): void {
    this.#holders.get(holder)?.();
    this.#holders.delete(holder);
    this.#inTransit.delete(holder);
    this.#released.add(holder);
    const other = this.#other;
    if (!this.#over || other === undefined) return;
    other.#pollers.wakeAll(true);
    other.#readers.wakeAll("end");
  }
}
