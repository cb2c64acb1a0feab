import { deserialize, serialize } from "node:v8";
import { pack } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";

/** An object as the bytes of a message. @throws SerializationError when it cannot go to another machine */
export function encode(value: unknown): Uint8Array {
  return serialize(pack(value, [], "network", "the message"));
}

/** The object in a message, for `unpack`. @throws SerializationError when it holds bytes */
export function decode(message: Buffer): unknown {
  try {
    return deserialize(message);
  } catch (cause) {
    throw new SerializationError(
      "The message is no object: use recvBytes() for what was sent by sendBytes().",
      {
        cause,
      },
    );
  }
}
