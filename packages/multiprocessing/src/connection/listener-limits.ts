import { checkLimits } from "./check-limits.ts";

/** What those who connect to a {@link Listener} may make it hold before they are accepted. */
export interface ListenerLimits {
  /** How many connections may wait for `accept()`. One more is hung up on. @default 1,024 */
  readonly unaccepted: number;
  /** Bytes that are read of each of them before it is accepted; more wait in the system. @default 65,536 */
  readonly unacceptedBytes: number;
  /** How long a client may take to prove the key, in milliseconds. Then it is hung up on. @default 10,000 */
  readonly silence: number;
}

const defaults: ListenerLimits = { unaccepted: 1_024, unacceptedBytes: 65_536, silence: 10_000 };

/** The `limits` option. @throws ArgumentTypeError, ValueError */
export function checkListenerLimits(value: unknown): ListenerLimits {
  return checkLimits(value, defaults);
}
