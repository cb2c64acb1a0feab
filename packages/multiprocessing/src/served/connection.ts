import { randomUUID } from "node:crypto";
import { type Medium, reduce, reference, revive } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { checkTimeout } from "@concurrent-futures/core/options";
import { sendRange } from "../contract/byte-range.ts";
import { type Bytes, Connection, checkMaxlength, tooLong } from "../contract/connection.ts";
import type { Readiness } from "../contract/waitable.ts";
import { OSError } from "../errors.ts";
import type { Remote } from "../managers/remote.ts";

/** The state of one end that is sent. */
interface EndState {
  readonly end: Remote;
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
  readonly #end: Remote;
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
    end.notify("retain", [holder, from]);
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
          throw new SerializationError(
            "A pipe cannot be sent to another machine. Use a Listener and a Client.",
          );
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
    await this.#sender().call("send", [false, value]);
  }

  override sendSync(value: unknown): void {
    this.#sender().callSync("send", [false, value]);
  }

  override async recv(): Promise<unknown> {
    return await this.#receiver().call("recv", [false]);
  }

  override recvSync(): unknown {
    return this.#receiver().callSync("recv", [false]);
  }

  override async poll(timeout: number = 0): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return (await this.#receiver().call("poll", [limit])) as boolean;
  }

  override pollSync(timeout: number = 0): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.#receiver().callSync("poll", [limit]) as boolean;
  }

  override async sendBytes(bytes: Bytes, offset?: number, size?: number): Promise<void> {
    await this.#sender().call("send", [true, Uint8Array.from(sendRange(bytes, offset, size))]);
  }

  override sendBytesSync(bytes: Bytes, offset?: number, size?: number): void {
    this.#sender().callSync("send", [true, Uint8Array.from(sendRange(bytes, offset, size))]);
  }

  override async recvBytes(maxlength?: number): Promise<Uint8Array> {
    const most = checkMaxlength(maxlength);
    return this.#checked((await this.#receiver().call("recv", [true])) as Uint8Array, most);
  }

  override recvBytesSync(maxlength?: number): Uint8Array {
    const most = checkMaxlength(maxlength);
    return this.#checked(this.#receiver().callSync("recv", [true]) as Uint8Array, most);
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#holder !== undefined) this.#end.notify("close", [this.#holder]);
    this.#holder = undefined;
  }

  override readiness(): Readiness {
    const end = this.#receiver();
    return {
      ready: () => end.callSync("poll", [0]) as boolean,
      whenReady: async (signal) => {
        const stopped = new Promise<true>((resolve) => {
          signal.addEventListener("abort", () => resolve(true), { once: true });
        });
        while (!signal.aborted && !(await Promise.race([stopped, end.call("poll", [lookFor])])));
      },
    };
  }

  #checked(bytes: Uint8Array, maxlength: number): Uint8Array {
    if (bytes.length <= maxlength) return bytes;
    this.#readable = false;
    if (!this.writable) this.close();
    throw tooLong(bytes.length, maxlength);
  }

  #detach(): EndState {
    this.#open();
    const from = this.#holder;
    const holder = randomUUID();
    this.#end.notify("detach", [from, holder]);
    this.#holder = undefined;
    return { end: this.#end, readable: this.#readable, writable: this.#writable, holder, from };
  }

  #use(): Remote {
    this.#open();
    if (this.#holder === undefined) {
      this.#holder = randomUUID();
      this.#end.notify("retain", [this.#holder]);
    }
    return this.#end;
  }

  #sender(): Remote {
    const end = this.#use();
    if (!this.writable) throw new OSError("connection is read-only: send from the other end of the pipe.");
    return end;
  }

  #receiver(): Remote {
    const end = this.#use();
    if (!this.readable) throw new OSError("connection is write-only: receive at the other end of the pipe.");
    return end;
  }

  #open(): void {
    if (this.#closed) throw new OSError("handle is closed: this end of the pipe was closed by close().");
  }
}
