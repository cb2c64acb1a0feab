/** What an object costs beside its values, about. */
const perObject = 16;

/**
 * About how many bytes a value takes when it is sent.
 *
 * @param limit - the walk ends when it is more than this.
 */
export function byteSize(value: unknown, limit: number = Number.POSITIVE_INFINITY): number {
  const seen = new Set<object>();
  const queue: unknown[] = [value];
  let bytes = 0;
  while (queue.length > 0 && bytes <= limit) {
    const next = queue.pop();
    if (typeof next === "string") bytes += next.length;
    else if (typeof next !== "object" || next === null) bytes += 8;
    else if (!seen.has(next)) {
      seen.add(next);
      bytes += perObject + sizeOfMemory(next);
      for (const child of childrenOf(next)) queue.push(child);
    }
  }
  return bytes;
}

function sizeOfMemory(value: object): number {
  const { byteLength } = value as { byteLength?: unknown };
  const isMemory =
    ArrayBuffer.isView(value) || Object.prototype.toString.call(value).endsWith("ArrayBuffer]");
  return isMemory && typeof byteLength === "number" ? byteLength : 0;
}

function childrenOf(value: object): Iterable<unknown> {
  if (ArrayBuffer.isView(value)) return [];
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  // By descriptors: a getter is the user's code.
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((property) => property.value as unknown);
}
