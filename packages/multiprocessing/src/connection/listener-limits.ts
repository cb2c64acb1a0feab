import { ValueError } from "@concurrent-futures/core";
import { checkLimits } from "./check-limits.ts";

/** What those who connect to a {@link Listener} may make it hold before they are accepted. */
export interface ListenerLimits {
  /** How many connections may wait for `accept()`. One more is hung up on. @default 1,024 */
  readonly unaccepted: number;
  /**
   * Bytes that are read of each of them before it is accepted; more wait in the system. With a key at least 1,024, which a handshake
   * may have. @default 65,536
   */
  readonly unacceptedBytes: number;
  /** How long a client may take to prove the key, in milliseconds. Then it is hung up on. @default 10,000 */
  readonly silence: number;
}

const defaults: ListenerLimits = { unaccepted: 1_024, unacceptedBytes: 65_536, silence: 10_000 };

/** Bytes that the longest handshake has: three messages of a client, each with its length. */
const handshakeBytes = 1_024;

/** The `limits` option of a listener with a key or without. @throws ArgumentTypeError, ValueError */
export function checkListenerLimits(value: unknown, hasKey: boolean): ListenerLimits {
  const limits = checkLimits(value, defaults);
  if (hasKey && limits.unacceptedBytes < handshakeBytes) {
    throw new ValueError(
      `Expected \`limits.unacceptedBytes\` to be at least ${handshakeBytes} beside an \`authkey\`, got ${limits.unacceptedBytes}: ` +
        "no client could finish the handshake. Pass more, or limit the connections by `limits.unaccepted`.",
    );
  }
  return limits;
}
