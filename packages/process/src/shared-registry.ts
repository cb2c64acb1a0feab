import { SerializationError } from "@concurrent-futures/core/errors";
import { sharedValues as key } from "@concurrent-futures/core/keys";

/** A shared value that has arrived in this worker, or why it could not be put together. */
type Arrived = { readonly value: unknown } | { readonly error: unknown };

/** The shared values of this worker, by their ids. */
export function sharedValues(): Map<string, Arrived> {
  const holder = globalThis as { [key]?: Map<string, Arrived> };
  holder[key] ??= new Map();
  return holder[key];
}

/** A shared value that was sent to this worker before. @throws SerializationError when there is none of this id */
export function sharedValue(id: string): unknown {
  const arrived = sharedValues().get(id);
  if (arrived === undefined)
    throw new SerializationError(
      "A shared value is used in a worker to which it was not sent: only calls of pools can use it.",
    );
  if ("error" in arrived) throw arrived.error;
  return arrived.value;
}
