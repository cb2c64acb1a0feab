import { randomBytes } from "node:crypto";
import { type Authkey, keyBytes } from "../connection/authkey-option.ts";
import { childInfo } from "./child-info.ts";

let own: Uint8Array | undefined;

/** The key of this program (Python: `current_process().authkey`): random, and the same in all its workers. */
export function processKey(): Uint8Array {
  own ??= childInfo()?.authkey ?? new Uint8Array(randomBytes(32));
  return own;
}

/** Sets the key with which proxies that arrive here are resolved, when nothing else is known of their server. */
export function setAuthkey(authkey: Authkey): void {
  own = Uint8Array.from(keyBytes(authkey));
}
