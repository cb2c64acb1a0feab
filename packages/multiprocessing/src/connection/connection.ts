import type { Readiness, Waitable } from "./waitable.ts";

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
   * @throws SerializationError when it cannot travel; OSError when this end is closed or only receives;
   * BrokenPipeError when the other end is closed.
   */
  abstract send(value: unknown): Promise<void>;

  /**
   * Receives an object; waits for it.
   *
   * @throws EOFError when nothing is left and the other end is closed, or its worker ended.
   */
  abstract recv(): Promise<unknown>;

  /** As {@link recv}, blocking this thread. */
  abstract recvSync(): unknown;

  /**
   * Whether something can be received. At the end of file that is so too: `recv` tells at once.
   *
   * @param timeout - milliseconds to wait for it; Infinity waits for ever. @default 0
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
  abstract sendBytes(
    buffer: ArrayBufferView | ArrayBufferLike,
    offset?: number,
    size?: number,
  ): Promise<void>;

  /**
   * Receives one message of bytes.
   *
   * @param maxlength - a longer message closes this end for reading and throws OSError.
   */
  abstract recvBytes(maxlength?: number): Promise<Uint8Array>;

  /**
   * Receives one message of bytes into a buffer of yours, and gives its length.
   *
   * @param offset - where to write the first byte. @default 0
   * @throws BufferTooShort when it does not fit; the message is in the error.
   */
  abstract recvBytesInto(buffer: ArrayBufferView | ArrayBufferLike, offset?: number): Promise<number>;

  /** Closes this end. What was sent can still be received; then the other end sees EOFError. Twice does no harm. */
  abstract close(): void;

  abstract readiness(): Readiness;

  [Symbol.dispose](): void {
    this.close();
  }
}
