import { SerializationError } from "@concurrent-futures/core/errors";

/** A packed value that this package has not written. */
export function malformed(what: string): SerializationError {
  return new SerializationError(
    `The value holds ${what}, which this library never packs. Both sides need the same version of it.`,
  );
}
