import type { Authkey } from "../connection/authkey-option.ts";
import { keyBytes } from "../connection/authkey-option.ts";
import { checkProxyState } from "./messages.ts";
import { makeProxy } from "./proxy.ts";
import { isKnownServer, rememberServer } from "./server-access.ts";

/**
 * For executors on other machines: the proxy that a message stands for which was proved to come from who has this key. It connects
 * to its server with that key, unless this program knows the server by another one.
 *
 * @param charge - takes what the proxy needs, in bytes, off the message's account.
 * @throws SerializationError for values that are not the state of a proxy
 */
export function arrivedProxy(state: unknown, authkey: Authkey, charge?: (bytes: number) => void): object {
  const checked = checkProxyState(state);
  if (!isKnownServer(checked.address))
    rememberServer(checked.address, { key: Uint8Array.from(keyBytes(authkey)), trusted: false });
  return makeProxy(checked, charge);
}
