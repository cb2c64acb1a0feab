import { Deserializer, Serializer } from "node:v8";
import { isPacked, isSerialized, packedKey, type Serialized } from "../wire.ts";

/**
 * Writes down what structured clone would carry; undefined where shared memory or objects of Node are among it, which only a
 * message carries.
 */
export function serialize(value: unknown): Serialized | undefined {
  const serializer = new Serializer();
  try {
    serializer.writeHeader();
    serializer.writeValue(value);
  } catch {
    return undefined;
  }
  return { [packedKey]: 2, bytes: serializer.releaseBuffer() };
}

/** What was written down. */
export function deserialize({ bytes }: Serialized): unknown {
  const deserializer = new Deserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}

/** What to show of an argument in its travelling form: plain data as it is. Nothing of a program's own is run. */
export function shown(value: unknown): unknown {
  return isPacked(value) && isSerialized(value) ? deserialize(value) : value;
}
