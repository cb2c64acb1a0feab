import { ValueError } from "@concurrent-futures/core";
import { checkInteger } from "@concurrent-futures/core/options";

/**
 * Messages on a byte stream: a length of four bytes, then that many bytes. Nobody's length is believed beyond the
 * limit, and nothing is allocated for a message before its bytes are there.
 */

/** Bytes of a length. */
const headLength = 4;

/** The longest message when nothing else is said, in bytes. Larger: a peer can make this side hold as much. */
export const defaultMaxMessageSize: number = 256 * 1024 * 1024;

/** The longest message before the peer has proved that it knows the key, in bytes. */
export const handshakeMessageSize = 256;

/** What a length can say, in bytes: Python reads it as signed, and writes larger ones in another form. */
const longestMessage = 0x7fffffff;

/** Refuses a limit that no message could reach. @throws ArgumentTypeError, ValueError */
export function checkMessageSize(value: unknown): number {
  const size = checkInteger("maxMessageSize", value);
  if (size > longestMessage) {
    throw new ValueError(
      `Expected \`maxMessageSize\` to be at most ${longestMessage}, got ${size}. Send larger data in pieces.`,
    );
  }
  return size;
}

/** A message as a frame: its length, to be followed by the message. */
export function frameHead(length: number): Uint8Array {
  const head = Buffer.allocUnsafe(headLength);
  head.writeUInt32BE(length, 0);
  return head;
}

/**
 * A message as a frame, in one piece.
 *
 * @throws ValueError when it is longer than the other side takes by default: it would hang up, and all else would fail.
 */
export function frameOf(body: Uint8Array): Uint8Array {
  if (body.length > defaultMaxMessageSize) {
    throw new ValueError(
      `A message of ${body.length} bytes is too long, allowed are ${defaultMaxMessageSize}. Send it in pieces.`,
    );
  }
  const bytes = Buffer.allocUnsafe(headLength + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.set(body, headLength);
  return bytes;
}

/** Puts messages together from the pieces that a stream delivers. */
export class FrameParser {
  /** The longest message that is taken, in bytes. It counts from the next message on. */
  limit: number;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes a piece of the stream. */
  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /**
   * The next whole message; `undefined` when there is none yet.
   *
   * @throws RangeError when the peer announced a longer message than allowed. The stream cannot be read further then.
   */
  next(): Buffer | undefined {
    if (this.#length < headLength) return undefined;
    const wanted = this.#announced();
    if (wanted > this.limit) {
      throw new RangeError(
        `bad message length: the peer announced ${wanted} bytes, allowed are ${this.limit}.`,
      );
    }
    if (this.#length < headLength + wanted) return undefined;
    return this.#take(headLength + wanted).subarray(headLength);
  }

  /** Whether part of a message is there. */
  get partial(): boolean {
    return this.#length > 0;
  }

  #announced(): number {
    if ((this.#pieces[0] as Buffer).length < headLength) this.#pieces = [Buffer.concat(this.#pieces)];
    return (this.#pieces[0] as Buffer).readUInt32BE(0);
  }

  #take(count: number): Buffer {
    const all = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    this.#length -= count;
    this.#pieces = this.#length === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  }
}
