import { SerializationError } from "@concurrent-futures/core";
import { MaybeEncodingError } from "../errors.ts";

/** Python's word for a result that cannot come back. What is wrong with an argument stays what it is. */
export function asEncodingError(error: unknown): unknown {
  return error instanceof SerializationError && /\bthe result\b/i.test(error.message)
    ? new MaybeEncodingError(error.message, "the result of the call", { cause: error })
    : error;
}
