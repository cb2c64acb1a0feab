import { checkInteger } from "@concurrent-futures/core/options";
import { BufferTooShort, OSError } from "../errors.ts";
import { receiveRange } from "./byte-range.ts";
import type { Readiness, Waitable } from "./waitable.ts";

/** Bytes in any form: a typed array, a `DataView`, a buffer. */
export type Bytes = ArrayBufferView | ArrayBufferLike;

/**
 * One end of a pipe or socket (Python: `multiprocessing.connection.Connection`). Messages keep their boundaries and
 * their order. Objects are copied when they are sent; bytes sent by {@link sendBytes} are received by
 * {@link recvBytes}, objects by {@link recv}.
 */
export abstract class Connection implements Waitable, Disposable {
  /** Whether `close()` was called on this end. */
  abstract readonly closed: boolean;
  /** Whether this end receives. */
  abstract readonly readable: boolean;
  /** Whether this end sends. */
  abstract readonly writable: boolean;

  /**
   * Sends an object.
   *
   * @throws SerializationError when it cannot be sent; OSError when this end is closed or only receives; BrokenPipeError
   * when the other end is closed.
   */
  abstract send(value: unknown): Promise<void>;

  /** As {@link send}. What a socket cannot send at that moment follows when the event loop turns. */
  abstract sendSync(value: unknown): void;

  /**
   * Receives an object; waits for it.
   *
   * @throws EOFError when nothing is left and the other end is closed, or its worker ended.
   */
  abstract recv(): Promise<unknown>;

  /** As {@link recv}, blocking this thread. */
  abstract recvSync(): unknown;

  /**
   * Whether something can be received, also the end of file: `recv` does not wait then.
   *
   * @param timeout - milliseconds to wait for it; Infinity waits forever. @default 0
   */
  abstract poll(timeout?: number): Promise<boolean>;

  /** As {@link poll}, blocking this thread. */
  abstract pollSync(timeout?: number): boolean;

  /**
   * Sends bytes as one message.
   *
   * @param offset - of the first byte. @default 0
   * @param size - in bytes. @default all from `offset` on
   * @throws ValueError when `offset` and `size` are not within the buffer.
   */
  abstract sendBytes(bytes: Bytes, offset?: number, size?: number): Promise<void>;

  /** As {@link sendBytes}. What a socket cannot send at that moment follows when the event loop turns. */
  abstract sendBytesSync(bytes: Bytes, offset?: number, size?: number): void;

  /**
   * Receives one message of bytes.
   *
   * @param maxlength - a longer message closes this end for reading and throws OSError.
   */
  abstract recvBytes(maxlength?: number): Promise<Uint8Array>;

  /** As {@link recvBytes}, blocking this thread. */
  abstract recvBytesSync(maxlength?: number): Uint8Array;

  /**
   * Receives one message of bytes into a buffer of yours, and gives its length.
   *
   * @param offset - where to write the first byte. @default 0
   * @throws BufferTooShort when it does not fit; the message is in the error.
   */
  async recvBytesInto(bytes: Bytes, offset?: number): Promise<number> {
    const room = receiveRange(bytes, offset);
    return copyInto(room, await this.recvBytes());
  }

  /** As {@link recvBytesInto}, blocking this thread. */
  recvBytesIntoSync(bytes: Bytes, offset?: number): number {
    const room = receiveRange(bytes, offset);
    return copyInto(room, this.recvBytesSync());
  }

  /** Closes this end. What was sent can still be received; then the other end sees EOFError. Calling it twice is safe. */
  abstract close(): void;

  /** For `wait`. */
  abstract readiness(): Readiness;

  [Symbol.dispose](): void {
    this.close();
  }
}

function copyInto(room: Uint8Array, bytes: Uint8Array): number {
  if (bytes.length > room.length) throw new BufferTooShort(bytes, room.length);
  room.set(bytes);
  return bytes.length;
}

/** What `recvBytes` may be given. @throws ArgumentTypeError, ValueError */
export function checkMaxlength(maxlength: unknown): number {
  return maxlength === undefined ? Number.POSITIVE_INFINITY : checkInteger("maxlength", maxlength, 0);
}

/** For a message of bytes that is longer than was allowed. */
export function tooLong(length: number, maxlength: number): OSError {
  return new OSError(`bad message length: the message has ${length} bytes, allowed were ${maxlength}.`);
}
