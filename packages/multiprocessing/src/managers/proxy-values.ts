import { type Medium, pack, reduce, unpack, unpackSync } from "@concurrent-futures/callable";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";
import { type Address, addressText } from "../connection/address.ts";
import { checkProxyState } from "./messages.ts";
import type { Remote } from "./remote.ts";
import { remoteOf } from "./remote-of.ts";
import type { ProxyState } from "./wire.ts";

/**
 * Packs a value for the way to a server or from it. Between workers of one program a proxy travels as any object does,
 * with all that is known of its server; over a network as where it is, and no more.
 *
 * @param peer - the address of the server at one end of the way
 */
export function packValue(value: unknown, medium: Medium, name: string, peer: Address): unknown {
  if (isSimple(value)) return value;
  if (medium !== "network") return pack(value, [], medium, name);
  return encodeForNetwork(value, { name, proxyState: (item) => stateOf(item, peer) });
}

/** Where a value comes from, and what it may hold. */
export interface Origin {
  readonly medium: Medium;
  /** The address of the server at one end of the way. */
  readonly peer: Address;
  /** Classes whose instances and errors are made, by their names. @default none */
  readonly allow?: ReadonlyMap<string, Function> | undefined;
}

/** Makes a proxy; what it keeps for many of them it takes off a message's account by `charge`. */
export type ProxyMaker = (state: ProxyState, charge?: (bytes: number) => void) => object;

/** The value, or a promise of it where a module must be imported first. @throws SerializationError */
export function unpackValue(value: unknown, origin: Origin, make: ProxyMaker): unknown {
  return origin.medium === "network" ? fromNetwork(value, make, origin) : unpack(value);
}

/** As {@link unpackValue}, for callers that cannot wait. */
export function unpackValueSync(value: unknown, origin: Origin, make: ProxyMaker): unknown {
  return origin.medium === "network" ? fromNetwork(value, make, origin) : unpackSync(value);
}

function fromNetwork(value: unknown, make: ProxyMaker, { peer, allow }: Origin): unknown {
  if (isSimple(value)) return value;
  if (!(value instanceof Uint8Array))
    throw new SerializationError("Expected a value of a manager, got something else.");
  return decodeFromNetwork(value, {
    ...(allow && { allow }),
    proxy: (given, charge) => {
      const state = checkProxyState(given);
      // Each side has its own way to the server: where it listens and how it is reached may differ.
      return make(state.own === true ? { ...state, address: peer } : state, charge);
    },
  });
}

/** What of a proxy may go anywhere. @throws SerializationError for what lives in this program's own server */
function stateOf(item: object, peer: Address): ProxyState | undefined {
  if (remoteOf(item) === undefined) return undefined;
  const state = (item as { [reduce](medium: Medium): Remote })[reduce]("network").lease();
  return addressText(state.address) === addressText(peer) ? { ...state, own: true } : state;
}

function isSimple(value: unknown): boolean {
  return (typeof value !== "object" && typeof value !== "function") || value === null;
}
