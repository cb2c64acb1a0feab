import { type Address, addressText } from "../connection/address.ts";
import { processKey } from "../process/authkey.ts";

/** What this thread knows about a server. */
export interface ServerAccess {
  readonly key: Uint8Array;
  /** Started by this program, on a socket that only this user can reach: what it says may name modules to import. */
  readonly trusted: boolean;
  /** Classes that it may send instances and errors of, by their names. */
  readonly allow?: ReadonlyMap<string, Function>;
}

const known = new Map<string, ServerAccess>();

/** Notes how a server is reached. */
export function rememberServer(address: Address, access: ServerAccess): void {
  known.set(addressText(address), access);
}

/** Whether this program, or the one that started this worker, has connected to a server by itself. */
export function isKnownServer(address: Address): boolean {
  return known.has(addressText(address));
}

/** How a server is reached: as noted, else with this program's key. */
export function accessTo(address: Address): ServerAccess {
  return known.get(addressText(address)) ?? { key: processKey(), trusted: false };
}
