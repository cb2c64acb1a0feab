import { checkBoolean, checkTimeout } from "@concurrent-futures/core/options";
import { sendRange } from "../contract/byte-range.ts";
import { type Bytes, Connection, checkMaxlength, tooLong } from "../contract/connection.ts";
import type { Readiness } from "../contract/waitable.ts";
import { BrokenPipeError, EOFError, OSError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import { Channel, type ChannelMemory, type WaitFailure } from "./memory/channel.ts";
import { type End, PipeEnds, pipeEndsWords } from "./memory/pipe-ends.ts";
import { decode, decodeSync, encode, type RecordData, raw } from "./memory/record.ts";

/** The state of one end that is sent: the channel from end 0 to end 1, the channel back, and which end it is. */
interface PipeState {
  readonly there: ChannelMemory;
  readonly back: ChannelMemory | undefined;
  readonly end: End;
}

/** One end of a pipe between threads. Made by `Pipe()`. @public a worker finds it by its name */
export class PipeConnection extends Connection {
  readonly #state: PipeState;
  readonly #ends: PipeEnds;
  readonly #in: Channel | undefined;
  readonly #out: Channel | undefined;
  #closed = false;
  #readFailed = false;
  #retained = true;

  constructor(state: PipeState) {
    super();
    this.#state = state;
    const { there, back, end } = state;
    const isClosed = (): boolean => !this.#ends.hasHolder(otherEnd(end));
    const first = new Channel(there, Number.POSITIVE_INFINITY, isClosed);
    const second = back && new Channel(back, Number.POSITIVE_INFINITY, isClosed);
    this.#ends = new PipeEnds(first.queue, first.firstWord);
    this.#in = end === 0 ? second : first;
    this.#out = end === 0 ? first : second;
    this.#ends.retain(end);
  }

  static {
    defineTransfer<PipeConnection, PipeState>(PipeConnection, {
      module: import.meta.url,
      name: "PipeConnection",
      pack: (connection) => connection.#detach(),
      peek: (connection) => connection.#state,
      unpack: (state) => new PipeConnection(state),
      alternatives: 'getContext("spawn").Pipe(), or a Listener and a Client',
    });
  }

  override get closed(): boolean {
    return this.#closed;
  }

  override get readable(): boolean {
    return this.#in !== undefined && !this.#readFailed;
  }

  override get writable(): boolean {
    return this.#out !== undefined;
  }

  override async send(value: unknown): Promise<void> {
    this.sendSync(value);
  }

  /** As {@link send}: it is sent when the call returns. A pipe has no bound, so nothing blocks. */
  override sendSync(value: unknown): void {
    const channel = this.#sender();
    this.#transmit(channel, encode(value, channel.queue.backend.reach));
  }

  override async sendBytes(bytes: Bytes, offset?: number, size?: number): Promise<void> {
    this.sendBytesSync(bytes, offset, size);
  }

  override sendBytesSync(bytes: Bytes, offset?: number, size?: number): void {
    this.#transmit(this.#sender(), { kind: raw, bytes: sendRange(bytes, offset, size) });
  }

  override async recv(): Promise<unknown> {
    return decode(await this.#take());
  }

  override recvSync(): unknown {
    return decodeSync(this.#takeSync());
  }

  override async recvBytes(maxlength?: number): Promise<Uint8Array> {
    const most = checkMaxlength(maxlength);
    return this.#bytesIn(await this.#take(), most);
  }

  override recvBytesSync(maxlength?: number): Uint8Array {
    const most = checkMaxlength(maxlength);
    return this.#bytesIn(this.#takeSync(), most);
  }

  override async poll(timeout: number = 0): Promise<boolean> {
    const limit = checkTimeout("timeout", timeout);
    return (await this.#receiver().poll(limit)) !== "timeout";
  }

  override pollSync(timeout: number = 0): boolean {
    const limit = checkTimeout("timeout", timeout);
    return this.#receiver().pollSync(limit) !== "timeout";
  }

  override readiness(): Readiness {
    const channel = this.#receiver();
    return {
      ready: () => channel.ring.length > 0 || !this.#ends.hasHolder(otherEnd(this.#state.end)),
      whenReady: (signal) => channel.watch(signal),
    };
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#retained) return;
    this.#ends.release(this.#state.end, false);
    // The other side looks again, and sees whether anybody is left here.
    this.#in?.wakeAll();
    this.#out?.wakeAll();
  }

  #detach(): PipeState {
    this.#open();
    if (this.#retained) this.#ends.release(this.#state.end, true);
    this.#retained = false;
    return this.#state;
  }

  #open(): void {
    if (this.#closed) throw new OSError("handle is closed: this end of the pipe was closed by close().");
  }

  #use(): void {
    this.#open();
    if (this.#retained) return;
    this.#ends.retain(this.#state.end);
    this.#retained = true;
  }

  #sender(): Channel {
    this.#use();
    if (this.#out === undefined)
      throw new OSError("connection is read-only: send from the other end of the pipe.");
    return this.#out;
  }

  #receiver(): Channel {
    this.#use();
    if (this.#in === undefined) {
      throw new OSError("connection is write-only: receive at the other end of the pipe.");
    }
    if (this.#readFailed)
      throw new OSError("connection is not readable any more: a message was longer than allowed.");
    return this.#in;
  }

  #transmit(channel: Channel, record: RecordData): void {
    if (!this.#ends.hasHolder(otherEnd(this.#state.end))) {
      throw new BrokenPipeError(
        "Nobody receives: the other end of the pipe was closed, or its worker ended.",
      );
    }
    channel.tryPut(record);
  }

  async #take(): Promise<RecordData> {
    const channel = this.#receiver();
    return received(channel.tryGet() ?? (await channel.get(undefined)));
  }

  #takeSync(): RecordData {
    const channel = this.#receiver();
    return received(channel.tryGet() ?? channel.getSync(undefined));
  }

  #bytesIn({ kind, bytes }: RecordData, maxlength: number): Uint8Array {
    if (kind !== raw) throw new OSError("The message is an object, not bytes. Receive it with recv().");
    if (bytes.length <= maxlength) return bytes;
    this.#readFailed = true;
    if (!this.writable) this.close();
    throw tooLong(bytes.length, maxlength);
  }
}

/** The two ends of a pipe between threads. @param duplex - whether both ends send and receive */
export function Pipe(duplex: boolean = true): [Connection, Connection] {
  checkBoolean("duplex", duplex);
  const there = Channel.allocate(0, pipeEndsWords);
  const back = duplex ? Channel.allocate(0, 0) : undefined;
  const first = new PipeConnection({ there, back, end: 0 });
  const second = new PipeConnection({ there, back, end: 1 });
  return duplex ? [first, second] : [second, first];
}

function otherEnd(end: End): End {
  return end === 0 ? 1 : 0;
}

function received(record: RecordData | WaitFailure): RecordData {
  if (typeof record === "string") throw new EOFError();
  return record;
}
