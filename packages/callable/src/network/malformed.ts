import { SerializationError } from "@concurrent-futures/core/errors";

/** A message that this package has not written. */
export function malformed(what: string, cause?: unknown): SerializationError {
  return new SerializationError(
    `The message cannot be read: ${what}. Expected what send() of this library has written; use recvBytes() for bytes.`,
    cause === undefined ? undefined : { cause },
  );
}
