import { randomUUID } from "node:crypto";
import { type Medium, reduce, reference, revive } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { checkInteger, checkTimeout } from "@concurrent-futures/core/options";
import { receiveRange, sendRange } from "../connection/byte-range.ts";
import { Connection } from "../connection/connection.ts";
import type { Readiness } from "../connection/waitable.ts";
import { BufferTooShort, OSError } from "../errors.ts";
import { notify } from "../managers/notifications.ts";
import type { ProxyOf } from "../managers/proxy.ts";
import type { ServedPipeEnd } from "./objects/pipes.ts";

type EndProxy = ProxyOf<ServedPipeEnd>;

/** The state of one end that is sent. */
interface EndState {
  readonly end: EndProxy;
  readonly readable: boolean;
  readonly writable: boolean;
  /** The id of the holder that receives it. */
  readonly holder: string;
  /** The id of the holder that sent it. */
  readonly from?: string | undefined;
}

/** How long the server looks for something to receive before `wait` asks again, in milliseconds: so long an end keeps the program alive after `wait`. */
const lookFor = 100;

/** One end of a pipe between processes; what is in it lies in a server of this program. Made by `getContext("spawn").Pipe()`. */
export class ServedConnection extends Connection {
  readonly #end: EndProxy;
  readonly #writable: boolean;
  #readable: boolean;
  #closed = false;
  /** `undefined` when it was sent on. */
  #holder: string | undefined;

  constructor({ end, readable, writable, holder, from }: EndState) {
    super();
    this.#end = end;
    this.#readable = readable;
    this.#writable = writable;
    this.#holder = holder;
    notify(end, "retain", [holder, from]);
  }

  static {
    Object.defineProperty(ServedConnection, reference, {
      value: { module: import.meta.url, path: ["ServedConnection"] },
    });
    Object.defineProperty(ServedConnection, revive, {
      value: (state: EndState) => new ServedConnection(state),
    });
    Object.defineProperty(ServedConnection.prototype, reduce, {
      value(this: ServedConnection, medium: Medium): EndState {
        if (medium === "network") {
          throw new SerializationError("A pipe cannot go to another machine. Use a Listener and a Client.");
        }
        return this.#detach();
      },
    });
  }

  override get closed(): boolean {
    return this.#closed;
  }

  override get readable(): boolean {
    return this.#readable;
  }

  override get writable(): boolean {
    return this.#writable;
  }

  override async send(value: unknown): Promise<void> {
    await this.#sender().send(false, value);
  }

  /** As {@link send}, blocking this thread until it is sent. */
  sendSync(value: unknown): void {
    this.#sender().sendSync(false, value);
  }

  override async recv(): Promise<unknown> {
    return await this.#receiver().recv(false);
  }

  override recvSync(): unknown {
    return this.#receiver().recvSync(false);
  }

  override async poll(timeout: number = 0): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return await this.#receiver().poll(limit === Number.POSITIVE_INFINITY ? undefined : limit);
  }

  override pollSync(timeout: number = 0): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.#receiver().pollSync(limit === Number.POSITIVE_INFINITY ? undefined : limit);
  }

  override async sendBytes(
    buffer: ArrayBufferView | ArrayBufferLike,
    offset?: number,
    size?: number,
  ): Promise<void> {
    await this.#sender().send(true, Uint8Array.from(sendRange(buffer, offset, size)));
  }

  override async recvBytes(maxlength?: number): Promise<Uint8Array> {
    if (maxlength !== undefined) checkInteger("maxlength", maxlength, 0);
    const bytes = (await this.#receiver().recv(true)) as Uint8Array;
    if (maxlength !== undefined && bytes.length > maxlength) {
      this.#readable = false;
      if (!this.writable) this.close();
      throw new OSError(
        `bad message length: the message has ${bytes.length} bytes, allowed were ${maxlength}.`,
      );
    }
    return bytes;
  }

  override async recvBytesInto(buffer: ArrayBufferView | ArrayBufferLike, offset?: number): Promise<number> {
    const room = receiveRange(buffer, offset);
    const bytes = await this.recvBytes();
    if (bytes.length > room.length) throw new BufferTooShort(bytes, room.length);
    room.set(bytes);
    return bytes.length;
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#holder !== undefined) notify(this.#end, "close", [this.#holder]);
    this.#holder = undefined;
  }

  override readiness(): Readiness {
    const end = this.#receiver();
    return {
      ready: () => end.pollSync(0),
      whenReady: async (signal) => {
        const stopped = new Promise<true>((resolve) => {
          signal.addEventListener("abort", () => resolve(true), { once: true });
        });
        while (!signal.aborted && !(await Promise.race([stopped, end.poll(lookFor)])));
      },
    };
  }

  #detach(): EndState {
    this.#open();
    const from = this.#holder;
    const holder = randomUUID();
    notify(this.#end, "detach", [from, holder]);
    this.#holder = undefined;
    return { end: this.#end, readable: this.#readable, writable: this.#writable, holder, from };
  }

  #use(): EndProxy {
    this.#open();
    if (this.#holder === undefined) {
      this.#holder = randomUUID();
      notify(this.#end, "retain", [this.#holder]);
    }
    return this.#end;
  }

  #sender(): EndProxy {
    const end = this.#use();
    if (!this.writable) throw new OSError("connection is read-only: send from the other end of the pipe.");
    return end;
  }

  #receiver(): EndProxy {
    const end = this.#use();
    if (!this.readable) throw new OSError("connection is write-only: receive at the other end of the pipe.");
    return end;
  }

  #open(): void {
    if (this.#closed) throw new OSError("handle is closed: this end of the pipe was closed by close().");
  }
}
