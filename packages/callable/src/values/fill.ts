import { malformed } from "./malformed.ts";

/** Fills a Map (keys and values alternate) or Set. @throws SerializationError for what this package never writes */
export function fill(target: unknown, entries: readonly unknown[]): void {
  if (!Array.isArray(entries)) throw malformed("entries that are not a list");
  // The base's own methods: a subclass may have its own `set` or `add`.
  if (Object.prototype.toString.call(target) === "[object Set]" || target instanceof Set) {
    for (let i = 0; i < entries.length; i++) Set.prototype.add.call(target, entryAt(entries, i));
    return;
  }
  for (let i = 0; i < entries.length; i += 2)
    Map.prototype.set.call(target as Map<unknown, unknown>, entryAt(entries, i), entries[i + 1]);
}

/** A list may have become one of four thousand million holes by a step before: they are not gone through. */
function entryAt(entries: readonly unknown[], index: number): unknown {
  const entry = entries[index];
  if (entry === undefined && !Object.hasOwn(entries, index)) throw malformed("entries with holes");
  return entry;
}
