import { type Medium, pack, reduce } from "@concurrent-futures/callable";
import { type Remote, remoteOf } from "./remote.ts";
import type { ProxyState } from "./wire.ts";

/** The key that marks the place of a proxy in a value on the wire. It names an object, no module: modules lie elsewhere on other machines. */
const mark = "\u0000concurrent-futures.proxy";

/** Packs a value for the way to a server or from it. */
export function packValue(value: unknown, medium: Medium, name: string): unknown {
  if (isSimple(value)) return value;
  // Between workers of one program a proxy travels as any object does, with all that is known of its server.
  if (medium !== "network") return pack(value, [], medium, name);
  return pack(
    replaceIn(value, (item) => (remoteOf(item) === undefined ? undefined : { [mark]: stateOf(item) })),
    [],
    medium,
    name,
  );
}

/** What of a proxy may go anywhere. @throws SerializationError for what lives in this program's own server */
function stateOf(proxy: object): ProxyState {
  return (proxy as { [reduce](medium: Medium): Remote })[reduce]("network").lease();
}

/** Puts proxies back into a value that was unpacked. */
export function restoreProxies(value: unknown, make: (state: ProxyState) => object): unknown {
  if (isSimple(value)) return value;
  return replaceIn(value, (item) =>
    Object.hasOwn(item, mark) ? make((item as Record<string, ProxyState>)[mark] as ProxyState) : undefined,
  );
}

function isSimple(value: unknown): boolean {
  return (typeof value !== "object" && typeof value !== "function") || value === null;
}

/** The value, or a copy in which what `replace` knows is replaced. Only plain containers are looked into. */
function replaceIn(root: unknown, replace: (item: object) => object | undefined): unknown {
  const seen = new Map<object, unknown>();
  const look = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const known = seen.get(value);
    if (known !== undefined) return known;
    // Until its items say otherwise a container is itself, which also ends cycles.
    seen.set(value, value);
    const result = replace(value) ?? lookInto(value, look);
    seen.set(value, result);
    return result;
  };
  return look(root);
}

function lookInto(value: object, look: (item: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(look);
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Map]") {
    const entries = [...(value as Map<unknown, unknown>)];
    const changed = entries.map(([key, item]) => [key, look(item)] as const);
    return changed.some(([, item], at) => item !== entries[at]?.[1]) ? new Map(changed) : value;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (tag !== "[object Object]" || (prototype !== null && Object.getPrototypeOf(prototype) !== null))
    return value;
  const entries = Object.entries(value);
  const changed = entries.map(([key, item]) => [key, look(item)] as const);
  return changed.some(([, item], at) => item !== entries[at]?.[1]) ? Object.fromEntries(changed) : value;
}
