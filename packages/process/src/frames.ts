import { writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { SerializationError } from "@concurrent-futures/core/errors";

/**
 * Messages on a byte stream between this process and a worker process: a length of four bytes, a check of four
 * more, then the message as V8 serializes it. Both ends read and write the descriptor by synchronous calls where they must: a thread that is blocked
 * has no event loop, and a process that may crash in the next call must have sent what it has.
 */

// As they are when the worker starts: a task may replace them.
const { allocUnsafe, concat } = Buffer;
const { apply } = Reflect;
const { min } = Math;
const { set, subarray } = Uint8Array.prototype;

/** Bytes of a length and of its check. */
const headLength = 8;

/** The check is the length with these bits changed: bytes that a task writes to the descriptor are not a frame. */
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
      `A message of ${body.length} bytes is too large for a process: the limit is ${longest}. Send it in parts, or use threads.`,
    );
  }
  const bytes: Uint8Array = allocUnsafe(headLength + body.length);
  writeWord(bytes, 0, body.length);
  writeWord(bytes, 4, body.length ^ checkBits);
  apply(set, bytes, [body, headLength]);
  return bytes;
}

/** Writes as much as fits, without waiting; says how many bytes that was. Throws EAGAIN when none did. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes, 0, min(bytes.length, writeAtMost));
}

/** Puts frames together from the pieces that a stream delivers. */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** Whether part of a frame is there. */
  get partial(): boolean {
    return this.#length > 0;
  }

  /** Takes a piece, and gives the messages that are whole with it. @throws Error for bytes that are not a frame */
  push(piece: Uint8Array): unknown[] {
    this.#pieces[this.#pieces.length] = piece;
    this.#length += piece.byteLength;
    const messages: unknown[] = [];
    for (let wanted = this.#wanted(); this.#length >= wanted; wanted = this.#wanted()) {
      const bytes = this.#take(wanted);
      messages[messages.length] = deserialize(part(bytes, headLength));
    }
    return messages;
  }

  /** How many bytes the next frame has, as far as that is known. */
  #wanted(): number {
    if (this.#length < headLength) return headLength + 1;
    if ((this.#pieces[0] as Uint8Array).length < headLength) this.#pieces = [concat(this.#pieces)];
    const head = this.#pieces[0] as Uint8Array;
    const length = readWord(head, 0);
    if (readWord(head, 4) !== (length ^ checkBits) >>> 0)
      throw new Error("The bytes received are not a message");
    return headLength + length;
  }

  #take(count: number): Uint8Array {
    const all = this.#pieces.length === 1 ? (this.#pieces[0] as Uint8Array) : concat(this.#pieces);
    this.#length -= count;
    this.#pieces = this.#length === 0 ? [] : [part(all, count)];
    return part(all, 0, count);
  }
}

function part(bytes: Uint8Array, from: number, to: number = bytes.length): Uint8Array {
  return apply(subarray, bytes, [from, to]) as Uint8Array;
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

function readWord(bytes: Uint8Array, at: number): number {
  const byte = (place: number): number => bytes[at + place] as number;
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}
