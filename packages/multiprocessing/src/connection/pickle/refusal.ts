import { SerializationError } from "@concurrent-futures/core";

/** What is thrown for bytes that are not a pickle, or one that holds more than plain data. */
export function refusal(what: string): SerializationError {
  return new SerializationError(
    `The message cannot be read as a pickle of plain data: ${what}. Expected what Python's send() writes for None, ` +
      "booleans, numbers, strings, bytes, lists, tuples, dicts and sets.",
  );
}
