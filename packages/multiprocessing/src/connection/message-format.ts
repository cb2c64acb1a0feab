import { ArgumentTypeError } from "@concurrent-futures/core";
import { decode, encode } from "./message.ts";
import { pickle, unpickle } from "./pickle/index.ts";

/** How objects are written into messages, and read from them. */
export interface MessageFormat {
  encode(value: unknown): Uint8Array;
  decode(message: Uint8Array): unknown;
}

/** Python's form, by name; without a name ours. @throws ArgumentTypeError for any other name */
export function messageFormat(
  name: "pickle" | undefined,
  allow: ReadonlyMap<string, Function>,
): MessageFormat {
  if (name === "pickle") return { encode: pickle, decode: unpickle };
  if (name === undefined) return { encode, decode: (message) => decode(message, allow) };
  throw new ArgumentTypeError(
    `format is ${JSON.stringify(name)}. Expected "pickle", for a Python peer, or nothing.`,
  );
}
