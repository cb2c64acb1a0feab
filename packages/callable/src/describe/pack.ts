import type { Medium } from "../symbols.ts";
import { copySmall } from "../values/copy-small.ts";
import { isCloneable, packErrorWith, packWith } from "../values/pack.ts";
import { holdsHosts } from "../values/plain.ts";
import { serialize } from "../values/serialized.ts";
import { ValuePath } from "../values/value-path.ts";
import type { PackedError } from "../wire.ts";
import { forget, inspectedSource } from "./source.ts";

/**
 * Makes a value fit to travel. Most values come back as they are, after one look: what structured clone carries
 * faithfully needs no help. Functions, class instances, errors, registered symbols, URLs, Buffers and what holds
 * them become a packed form, for `unpack`.
 *
 * @param transfer - receives the buffers that {@link move} marked, for `postMessage`.
 * @param medium - by which way it goes. @default "thread"
 * @param name - what messages call the value. @default "the value"
 * @throws SerializationError that names the path to what cannot be sent.
 */
export function pack(
  value: unknown,
  transfer?: object[],
  medium: Medium = "thread",
  name = "the value",
): unknown {
  if (isCloneable(value, medium)) return value;
  try {
    return packWith(inspectedSource, value, transfer ?? [], medium, new ValuePath(name));
  } finally {
    forget();
  }
}

/** As {@link pack}, for what V8 is to write down: objects of Node that only a message carries are refused. */
export function packAsBytes(value: unknown, medium: Medium, name: string): unknown {
  if (isCloneable(value, medium) && !holdsHosts()) return value;
  try {
    return packWith(inspectedSource, value, [], medium, new ValuePath(name), { asBytes: true });
  } finally {
    forget();
  }
}

/**
 * As {@link pack}, for what is not sent at once: what is changed afterwards is not seen on the other side. Memory that is
 * shared stays shared, and what moves is not copied. Small values are copied, large ones written down as they will travel.
 *
 * @param transfer - what moves along, and receives what {@link move} marked.
 * @throws SerializationError that names the path to what cannot be sent.
 */
export function snapshot(value: unknown, transfer: object[], medium: Medium, name: string): unknown {
  // Beside what moves, nothing can be written down: the memory would be copied with it.
  if (typeof value === "object" && value !== null && transfer.length === 0) {
    const small = copySmall(value, medium === "thread");
    if (small !== undefined) return small;
    if (isCloneable(value, medium) && !holdsHosts()) {
      const written = serialize(value);
      if (written !== undefined) return written;
    }
  }
  try {
    return packWith(inspectedSource, value, transfer, medium, new ValuePath(name), { snapshot: true });
  } finally {
    forget();
  }
}

/**
 * Packs anything that was thrown, `undefined` too. Never throws: of an error it takes what can travel, and says of the
 * rest that it did not.
 *
 * @param medium - by which way it goes. @default "spawn", which fits threads as well
 */
export function packError(error: unknown, medium: Medium = "spawn"): PackedError {
  try {
    return packErrorWith(inspectedSource, error, medium);
  } finally {
    forget();
  }
}
