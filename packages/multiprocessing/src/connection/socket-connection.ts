import type { Socket } from "node:net";
import { ValueError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout } from "@concurrent-futures/core/options";
import { sendRange } from "../contract/byte-range.ts";
import { type Bytes, Connection, checkMaxlength, tooLong } from "../contract/connection.ts";
import type { Readiness } from "../contract/waitable.ts";
import { BrokenPipeError, EOFError, OSError } from "../errors.ts";
import { drained } from "./drained.ts";
import { defaultMaxMessageSize, FrameParser, frameHead } from "./framing.ts";
import { type MessageFormat, messageFormat } from "./message-format.ts";
import { MessagePump } from "./message-pump.ts";
import { cannotBlock, readFrom, waitPollInterval } from "./read-sync.ts";
import { UnreadMessages } from "./unread-messages.ts";

/** What a connection takes from its peer. */
export interface SocketConnectionOptions {
  /** The longest message that is received, in bytes. @default 256 MiB */
  readonly maxMessageSize?: number;
  /** How objects are written and read. @default this library's own form, without any class */
  readonly format?: MessageFormat;
}

/** A connection over a socket: what `Client()` and `listener.accept()` give. Keeps the program alive until closed. */
export class SocketConnection extends Connection {
  readonly #socket: Socket;
  readonly #parser: FrameParser;
  readonly #maxMessageSize: number;
  readonly #format: MessageFormat;
  readonly #unread: UnreadMessages = new UnreadMessages();
  #waiting: (() => void)[] = [];
  #closed = false;
  #readFailed = false;
  #ended = false;
  #fault: Error | undefined;
  #handshaking = false;
  #pump: MessagePump | undefined;
  #endListener: ((fault: Error | undefined) => void) | undefined;

  constructor(socket: Socket, options: SocketConnectionOptions = {}) {
    super();
    const { maxMessageSize = defaultMaxMessageSize, format = messageFormat(undefined, new Map()) } = options;
    this.#socket = socket;
    this.#format = format;
    this.#maxMessageSize = maxMessageSize;
    this.#parser = new FrameParser(maxMessageSize);
    socket.setNoDelay?.(true);
    socket.on("data", (piece: Buffer) => {
      this.#parser.push(piece);
      this.#parse();
    });
    socket.on("error", (error) => this.#end(error));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
  }

  override get closed(): boolean {
    return this.#closed;
  }

  override get readable(): boolean {
    return !this.#closed && !this.#readFailed;
  }

  override get writable(): boolean {
    return !this.#closed;
  }

  /** During a handshake: the longest message that is taken, in bytes; `undefined` brings the usual limit back. */
  limitMessages(limit?: number): void {
    this.#handshaking = limit !== undefined;
    this.#parser.limit = limit ?? this.#maxMessageSize;
    this.#parse();
  }

  /**
   * Hands each message to a function from now on, those that wait first. For callers with a protocol of their own.
   *
   * @param mostUnsent - how many bytes may wait to be sent before no more is read
   */
  onMessage(
    listener: (message: Buffer) => void,
    onEnd: (fault: Error | undefined) => void,
    mostUnsent: number = Number.POSITIVE_INFINITY,
  ): void {
    this.#pump = new MessagePump(this.#socket, listener, mostUnsent, () => this.#parse());
    this.#endListener = onEnd;
    for (const message of this.#unread.clear()) this.#pump.take(message);
    if (this.#ended) onEnd(this.#fault);
  }

  /** Sends frames, made by the caller. */
  write(frames: Uint8Array): void {
    if (!this.#ended) this.#socket.write(frames);
  }

  override async send(value: unknown): Promise<void> {
    await this.sendBytes(this.#format.encode(value));
  }

  override sendSync(value: unknown): void {
    this.sendBytesSync(this.#format.encode(value));
  }

  override async sendBytes(bytes: Bytes, offset?: number, size?: number): Promise<void> {
    if (!this.#send(bytes, offset, size)) await drained(this.#socket);
  }

  override sendBytesSync(bytes: Bytes, offset?: number, size?: number): void {
    this.#send(bytes, offset, size);
  }

  override async recv(): Promise<unknown> {
    return this.#format.decode(await this.#take());
  }

  override recvSync(): unknown {
    return this.#format.decode(this.#takeSync("recv"));
  }

  override async recvBytes(maxlength?: number): Promise<Uint8Array> {
    const most = checkMaxlength(maxlength);
    return this.#bytesIn(await this.#take(), most);
  }

  override recvBytesSync(maxlength?: number): Uint8Array {
    const most = checkMaxlength(maxlength);
    return this.#bytesIn(this.#takeSync("recvBytes"), most);
  }

  override async poll(timeout: number = 0): Promise<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    this.#checkReadable();
    // What has arrived in the kernel is read by the event loop: give it one turn, even to a poll that does not wait.
    if (!this.#ready()) await new Promise((resolve) => setImmediate(resolve));
    while (!this.#ready() && !deadline.passed) {
      let cancel = (): void => {};
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        cancel = deadline.whenPassed(resolve);
      });
      cancel();
    }
    return this.#ready();
  }

  override pollSync(timeout: number = 0): boolean {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    this.#checkReadable();
    this.#waitSync("poll", deadline);
    return this.#ready();
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unread.clear();
    this.#socket.end();
    this.#socket.unref();
    // Nobody reads here any more: what the peer still sends must not keep the socket half open.
    this.#socket.resume();
    this.#socket.once("finish", () => this.#socket.destroy());
    this.#wake();
  }

  /** Ends the connection at once, without sending what waits. */
  destroy(): void {
    this.#closed = true;
    this.#socket.destroy();
    this.#wake();
  }

  override readiness(): Readiness {
    return {
      ready: () => this.#ready(),
      whenReady: (signal) =>
        new Promise((resolve) => {
          if (this.#ready()) return resolve();
          this.#waiting.push(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        }),
    };
  }

  /** Whether the system has taken all of it. */
  #send(buffer: Bytes, offset: number | undefined, size: number | undefined): boolean {
    const bytes = sendRange(buffer, offset, size);
    if (this.#closed) throw handleClosed();
    if (this.#ended || this.#socket.destroyed)
      throw new BrokenPipeError("The other side has closed the connection.");
    if (bytes.length > 0xffff_ffff) throw new ValueError("A message can have at most 4 GiB.");
    const socket = this.#socket;
    socket.cork();
    socket.write(frameHead(bytes.length));
    // Copied: the caller may change its buffer as soon as this returns.
    const whole = socket.write(Uint8Array.from(bytes));
    socket.uncork();
    return whole;
  }

  #bytesIn(message: Buffer, maxlength: number): Uint8Array {
    if (message.length <= maxlength) return new Uint8Array(message);
    this.#readFailed = true;
    throw tooLong(message.length, maxlength);
  }

  #takeSync(method: string): Buffer {
    this.#checkReadable();
    this.#waitSync(method, new Deadline(undefined));
    return this.#next();
  }

  async #take(): Promise<Buffer> {
    this.#checkReadable();
    while (!this.#ready()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        if (this.#handshaking) this.#parse();
      });
    }
    this.#checkReadable();
    return this.#next();
  }

  /** The first of those that have arrived. @throws EOFError */
  #next(): Buffer {
    const message = this.#unread.shift();
    if (message === undefined) {
      if (this.#fault instanceof OSError) throw this.#fault;
      throw new EOFError("Nothing is left to receive: the other side has closed the connection.");
    }
    if (this.#unread.hasRoom) this.#socket.resume();
    return message;
  }

  #ready(): boolean {
    return this.#unread.length > 0 || this.#ended || this.#closed;
  }

  #checkReadable(): void {
    if (this.#closed) throw handleClosed();
    if (this.#readFailed) throw new OSError("connection is write-only: a message was longer than allowed.");
  }

  #parse(): void {
    try {
      // During a handshake only what was asked for is looked at: what follows it has another limit.
      while (!this.#handshaking || (this.#waiting.length > 0 && this.#unread.length === 0)) {
        if (this.#pump?.mayTake() === false) break;
        const message = this.#parser.next();
        if (message === undefined) break;
        if (this.#pump === undefined) this.#unread.push(message);
        else this.#pump.take(message);
      }
    } catch (error) {
      this.#end(new OSError((error as Error).message));
      this.#socket.destroy();
    }
    if (this.#unread.full) this.#socket.pause();
    this.#wake();
  }

  #end(fault?: Error): void {
    if (this.#ended) return;
    this.#fault = fault;
    this.#ended = true;
    this.#wake();
    this.#endListener?.(fault);
  }

  #wake(): void {
    if (this.#unread.length === 0 && !this.#ended && !this.#closed) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Blocks this thread until something is there or the time is up. */
  #waitSync(method: string, deadline: Deadline): void {
    while (!this.#ready()) {
      const piece = readFrom(this.#socket);
      if (piece === undefined) throw cannotBlock(method);
      if (piece === "end") this.#end();
      else if (piece !== "nothing") {
        this.#parser.push(piece);
        this.#parse();
      } else if (deadline.passed) return;
      else waitPollInterval();
    }
  }
}

function handleClosed(): OSError {
  return new OSError("handle is closed: this connection was closed here.");
}
