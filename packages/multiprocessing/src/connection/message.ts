import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";

/** The first byte of each pickle of protocol 2 and later. */
const pickleMark = 0x80;

/** An object as the bytes of a message. @throws SerializationError when it cannot be sent to another machine */
export function encode(value: unknown): Uint8Array {
  return encodeForNetwork(value, { name: "the message" });
}

/** The object in a message; it can bring no code along. @throws SerializationError when it holds something else */
export function decode(message: Uint8Array, allow: ReadonlyMap<string, Function>): unknown {
  if (message[0] === pickleMark) {
    throw new SerializationError(
      "The message is a Python pickle, or bytes. Expected an object that send() of this library has written: " +
        'if the peer is Python, make this side with format: "pickle"; bytes are read by recvBytes().',
    );
  }
  return decodeFromNetwork(message, { allow });
}
