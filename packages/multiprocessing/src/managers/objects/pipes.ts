import { checkTimeout } from "@concurrent-futures/core/options";
import { BrokenPipeError, EOFError, OSError } from "../../errors.ts";
import { currentCaller, type Session } from "../session.ts";
import { Waiters } from "./waiters.ts";

/** A message on its way: an object, or bytes. */
interface Message {
  readonly raw: boolean;
  readonly value: unknown;
}

/** One end of a pipe, in a server. It is open as long as a client holds it, or it is on its way to one. */
export class ServedPipeEnd {
  readonly #items: Message[] = [];
  readonly #readers: Waiters<true> = new Waiters();
  readonly #holders: Map<Session, () => void> = new Map();
  #travelling = 0;
  #other: ServedPipeEnd | undefined;

  /** @param other - the other end, for the second that is made. */
  constructor(other?: ServedPipeEnd) {
    this.#other = other;
    if (other !== undefined) other.#other = this;
    // Whoever makes it holds it at once.
    this.#travelling = 1;
  }

  /** The client that calls holds this end from now on. */
  hold(): void {
    const { session } = currentCaller();
    this.#travelling = Math.max(0, this.#travelling - 1);
    if (this.#holders.has(session)) return;
    this.#holders.set(
      session,
      session.whenGone(() => this.#drop(session)),
    );
  }

  /** The client that calls has passed this end on. */
  handOver(): void {
    this.#travelling++;
    this.#drop(currentCaller().session);
  }

  /** The client that calls does not use this end any more. */
  close(): void {
    this.#drop(currentCaller().session);
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
    other.#readers.wakeOne(true);
  }

  /** @throws EOFError */
  async recv(raw: boolean): Promise<unknown> {
    const { session } = currentCaller();
    while (this.#items.length === 0) {
      if (this.#atEnd) throw new EOFError();
      if ((await this.#readers.wait(undefined, session)) === undefined) throw new EOFError();
    }
    const message = this.#items.shift() as Message;
    // Bytes are objects too; the reverse has no answer.
    if (raw && !message.raw)
      throw new OSError("The message is an object, not bytes. Receive it with recv().");
    return message.value;
  }

  async poll(timeout?: number): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    const { session } = currentCaller();
    const end = limit === undefined ? Number.POSITIVE_INFINITY : performance.now() + limit;
    while (this.#items.length === 0 && !this.#atEnd) {
      const left = end - performance.now();
      if (left <= 0 || (await this.#readers.wait(left, session)) === undefined) break;
    }
    const ready = this.#items.length > 0;
    // It was only looked at: the next in line may take it.
    if (ready) this.#readers.wakeOne(true);
    return ready || this.#atEnd;
  }

  get #over(): boolean {
    return this.#holders.size === 0 && this.#travelling === 0;
  }

  /** Whether nothing more will come. */
  get #atEnd(): boolean {
    const other = this.#other;
    return other === undefined ? false : other.#over;
  }

  #drop(session: Session): void {
    this.#holders.get(session)?.();
    this.#holders.delete(session);
    if (this.#over && this.#other !== undefined) this.#other.#readers.wakeAll(true);
  }
}
