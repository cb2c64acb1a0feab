import { SerializationError } from "@concurrent-futures/core/errors";

/** A message that this package has not written. */
export function malformed(what: string, cause?: unknown): SerializationError {
  return new SerializationError(
    `The message cannot be read: ${what}. Expected a message written by send() of this library; use recvBytes() for bytes.`,
    cause === undefined ? undefined : { cause },
  );
}
