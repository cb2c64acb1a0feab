import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";

/** A secret that both sides of a connection know: bytes, or a text that is taken as UTF-8. */
export type Authkey = Uint8Array | string;

/** The key as bytes. @throws ArgumentTypeError; ValueError when it is empty */
export function keyBytes(authkey: Authkey): Uint8Array {
  if (typeof authkey !== "string" && !ArrayBuffer.isView(authkey)) {
    throw new ArgumentTypeError(
      `Expected \`authkey\` to be bytes or a string, got ${describeValue(authkey)}.`,
    );
  }
  const bytes =
    typeof authkey === "string"
      ? Buffer.from(authkey)
      : new Uint8Array(authkey.buffer, authkey.byteOffset, authkey.byteLength);
  if (bytes.length === 0) {
    throw new ValueError(
      "Expected `authkey` to be a secret, got an empty one. Pass a key, or `authkey: null` for none.",
    );
  }
  return bytes;
}

/**
 * The key that was given: `undefined` when none was. `null` says outright that there is none; `undefined` where a key
 * stands is refused, since it is most often an environment variable that is not set.
 *
 * @throws ArgumentTypeError, ValueError
 */
export function givenKey(options: { readonly authkey?: Authkey | null }): Uint8Array | null | undefined {
  if (!Object.hasOwn(options, "authkey")) return undefined;
  const { authkey } = options;
  if (authkey === null) return null;
  if (authkey === undefined) {
    throw new ArgumentTypeError(
      "Expected `authkey` to be bytes or a string, got undefined: is the variable set that it comes from? " +
        "Pass a key, or `authkey: null` for none.",
    );
  }
  return Uint8Array.from(keyBytes(authkey));
}
