import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkInteger, describeValue } from "@concurrent-futures/core/options";

/** The bytes of any buffer or view, without a copy. */
function bytesOf(name: string, buffer: unknown): Uint8Array {
  if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const tag = Object.prototype.toString.call(buffer);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]") {
    return new Uint8Array(buffer as ArrayBuffer);
  }
  throw new ArgumentTypeError(
    `Expected \`${name}\` to be a buffer, a typed array or a DataView, got ${describeValue(buffer)}.`,
  );
}

/** The bytes that `sendBytes` was asked to send. @throws ValueError when they are not within the buffer */
export function sendRange(buffer: unknown, offset: number = 0, size?: number): Uint8Array {
  const bytes = bytesOf("buffer", buffer);
  const from = checkInteger("offset", offset, 0);
  if (from > bytes.length) throw outside(bytes.length, `offset ${from}`);
  const length = size === undefined ? bytes.length - from : checkInteger("size", size, 0);
  if (from + length > bytes.length) throw outside(bytes.length, `offset ${from} + size ${length}`);
  return bytes.subarray(from, from + length);
}

/** The part of a buffer that `recvBytesInto` may write to. @throws ValueError when `offset` is not within it */
export function receiveRange(buffer: unknown, offset: number = 0): Uint8Array {
  const bytes = bytesOf("buffer", buffer);
  const from = checkInteger("offset", offset, 0);
  if (from > bytes.length) throw outside(bytes.length, `offset ${from}`);
  return bytes.subarray(from);
}

function outside(length: number, what: string): ValueError {
  return new ValueError(
    `Expected a range within the buffer of ${length} bytes, got ${what}: buffer length < ${what}.`,
  );
}
