import { checkTimeout } from "@concurrent-futures/core/options";
import { BrokenPipeError, EOFError, OSError } from "../../errors.ts";
import { currentCaller } from "../session.ts";
import { Waiters } from "./waiters.ts";

/** A message on its way: an object, or bytes. */
interface Message {
  readonly raw: boolean;
  readonly value: unknown;
}

/**
 * One end of a pipe, in a server. It is open as long as somebody has a claim to it: a client that holds it, or one to
 * whom it is on its way. Each claim has a name of its own, and what is said about it may arrive in any order, more than
 * once, and by several connections.
 */
export class ServedPipeEnd {
  readonly #items: Message[] = [];
  readonly #readers: Waiters<"item" | "end"> = new Waiters();
  readonly #pollers: Waiters<true> = new Waiters();
  /** The claims of clients, and how to forget that they end with the client. */
  readonly #held: Map<string, () => void> = new Map();
  readonly #travelling: Set<string> = new Set();
  readonly #givenUp: Set<string> = new Set();
  #other: ServedPipeEnd | undefined;

  /**
   * @param claim - of whoever makes it.
   * @param other - the other end, for the second that is made.
   */
  constructor(claim: string, other?: ServedPipeEnd) {
    this.#travelling.add(claim);
    this.#other = other;
    if (other !== undefined) other.#other = this;
  }

  /**
   * The client that calls holds this end from now on.
   *
   * @param from - the claim of who passed it on.
   */
  hold(claim: string, from?: string): void {
    if (!this.#givenUp.has(claim) && !this.#held.has(claim)) {
      const forget = currentCaller().session.whenGone(() => this.#giveUp(claim));
      this.#held.set(claim, forget);
      this.#travelling.delete(claim);
    }
    if (from !== undefined) this.#giveUp(from);
  }

  /** Somebody passes this end on: from now on it is the next claim that counts. */
  handOver(claim: string | undefined, next: string): void {
    if (!this.#held.has(next) && !this.#givenUp.has(next)) this.#travelling.add(next);
    if (claim !== undefined) this.#giveUp(claim);
  }

  /** Who has this claim does not use this end any more. */
  close(claim: string): void {
    this.#giveUp(claim);
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
    return this.#held.size === 0 && this.#travelling.size === 0;
  }

  /** Whether nothing more will come. */
  get #atEnd(): boolean {
    const other = this.#other;
    if (other === undefined) return false;
    return other.#over;
  }

  #giveUp(claim: string): void {
    this.#held.get(claim)?.();
    this.#held.delete(claim);
    this.#travelling.delete(claim);
    this.#givenUp.add(claim);
    const other = this.#other;
    if (!this.#over || other === undefined) return;
    other.#pollers.wakeAll(true);
    other.#readers.wakeAll("end");
  }
}
