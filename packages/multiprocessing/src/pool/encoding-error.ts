import { SerializationError } from "@concurrent-futures/core";
import { MaybeEncodingError } from "../errors.ts";

/** Python's word for a result that cannot come back. */
export function asEncodingError(error: unknown): unknown {
  return error instanceof SerializationError
    ? new MaybeEncodingError(error.message, "the result of the call", { cause: error })
    : error;
}
