/** A map that goes on working when a task replaces the methods of `Map.prototype`. */
export class OwnMap<K, V> extends Map<K, V> {}

for (const key of ["get", "set", "has", "delete", "keys", "entries"])
  Object.defineProperty(OwnMap.prototype, key, Object.getOwnPropertyDescriptor(Map.prototype, key) ?? {});
