import type { Remote } from "./remote.ts";

/** The key under which a class says how to get the handle of an instance. */
export const remoteKey: unique symbol = Symbol("remote");

/** The handle of a proxy, or of a primitive of the spawn context; `undefined` for anything else. */
export function remoteOf(value: unknown): Remote | undefined {
  return typeof value === "object" && value !== null
    ? (value as { readonly [remoteKey]?: Remote })[remoteKey]
    : undefined;
}

/** The handle of what surely has one. */
export function handleOf(value: object): Remote {
  return remoteOf(value) as Remote;
}

/** Tells {@link remoteOf} how to get the handle of a class's instances. */
export function defineRemote<T extends object>(
  Class: { readonly prototype: T },
  get: (instance: T) => Remote,
): void {
  Object.defineProperty(Class.prototype, remoteKey, {
    get(this: T): Remote {
      return get(this);
    },
  });
}
