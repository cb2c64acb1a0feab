import { randomBytes } from "node:crypto";
import { type Address, addressText } from "../connection/address.ts";
import { type Authkey, keyBytes } from "../connection/authkey-option.ts";
import { childInfo } from "../process/child-info.ts";

/** What this thread knows about a server. */
export interface ServerAccess {
  readonly key: Uint8Array;
  /** Started by this program, on a socket that only this user can reach: what it says may name modules to import. */
  readonly trusted: boolean;
  /** Classes that it may send instances and errors of, by their names. */
  readonly allow?: ReadonlyMap<string, Function>;
}

let own: Uint8Array | undefined;
const known = new Map<string, ServerAccess>();

/** The key of this program (Python: `current_process().authkey`): random, and the same in all its workers. */
export function processKey(): Uint8Array {
  own ??= childInfo()?.authkey ?? new Uint8Array(randomBytes(32));
  return own;
}

/** Sets the key with which proxies that arrive here are resolved, when nothing else is known of their server. */
export function setAuthkey(authkey: Authkey): void {
  own = Uint8Array.from(keyBytes(authkey));
}

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
