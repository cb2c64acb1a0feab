import { writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { SerializationError } from "@concurrent-futures/core/errors";

/**
 * Messages on a byte stream between this process and a worker process: a length of four bytes, a check of four
 * more, then the message as V8 serializes it. Both ends read and write the descriptor by synchronous calls where they must: a thread that is blocked
 * has no event loop, and a process that may crash in the next call must have sent what it has.
 */

/** Bytes of a length and of its check. */
const headLength = 8;

/** The check is the length with these bits changed: bytes that a task writes to the descriptor are no frame. */
const checkBits = 0x5afe_1e57;

/** Bytes of the longest message: its length fits four bytes, and so does what Node takes for one buffer. */
const longest = 2 ** 32 - 1 - headLength;

/** Bytes that one call may write: Node takes less than 2 GiB. */
const writeAtMost = 2 ** 30;

/** A message as a frame. Throws what structured clone throws; SerializationError when it is too large. */
export function frame(message: unknown): Uint8Array {
  const body = serialize(message);
  if (body.length > longest) {
    throw new SerializationError(
      `A message of ${body.length} bytes is too large for a process: it may have ${longest}. Send it in parts, or use threads.`,
    );
  }
  const bytes = Buffer.allocUnsafe(headLength + body.length);
  bytes.writeUInt32LE(body.length, 0);
  bytes.writeUInt32LE((body.length ^ checkBits) >>> 0, 4);
  body.copy(bytes, headLength);
  return bytes;
}

/** Writes as much as fits, without waiting; says how many bytes that was. Throws EAGAIN when none did. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes, 0, Math.min(bytes.length, writeAtMost));
}

/** Puts frames together from the pieces that a stream delivers. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #length = 0;

  /** Whether part of a frame is there. */
  get partial(): boolean {
    return this.#length > 0;
  }

  /** Takes a piece, and gives the messages that are whole with it. @throws Error for bytes that are no frame */
  push(piece: Uint8Array): unknown[] {
    this.#pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    this.#length += piece.byteLength;
    const messages: unknown[] = [];
    for (let wanted = this.#wanted(); this.#length >= wanted; wanted = this.#wanted()) {
      const bytes = this.#take(wanted);
      messages.push(deserialize(bytes.subarray(headLength)));
    }
    return messages;
  }

  /** How many bytes the next frame has, as far as that is known. */
  #wanted(): number {
    if (this.#length < headLength) return headLength + 1;
    if ((this.#pieces[0] as Buffer).length < headLength) this.#pieces = [Buffer.concat(this.#pieces)];
    const head = this.#pieces[0] as Buffer;
    const length = head.readUInt32LE(0);
    if (head.readUInt32LE(4) !== (length ^ checkBits) >>> 0)
      throw new Error("The bytes that arrived are no message");
    return headLength + length;
  }

  #take(count: number): Buffer {
    const all = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    this.#length -= count;
    this.#pieces = this.#length === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  }
}
