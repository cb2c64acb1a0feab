import { checkLimits } from "../connection/check-limits.ts";
import { defaultMaxMessageSize } from "../connection/framing.ts";

/** What each client of a manager's server may make it hold. Other clients do not notice one that reaches a limit. */
export interface ManagerLimits {
  /**
   * Bytes of answers that wait to be sent to a client. Where there are more, its requests are not read before it has
   * read. @default 16 MiB
   */
  readonly unsentBytes: number;
  /**
   * Requests of a client that are being carried out, and answers with an item that it has not acknowledged. One more
   * fails with a {@link RequestLimitError}. @default 10,000
   */
  readonly requests: number;
  /** Bytes of those requests together; one alone may have more. Beyond, too, it is a {@link RequestLimitError}. @default 256 MiB */
  readonly requestBytes: number;
  /**
   * Proxies of a client, and those that are being sent to it or from it. What would make one more fails with a
   * {@link ReferenceLimitError}. @default 100,000
   */
  readonly references: number;
  /** How long a client may take to prove the key, and then to say something, in milliseconds. Then it is hung up on. @default 10,000 */
  readonly silence: number;
}

const defaults: ManagerLimits = {
  unsentBytes: 16 * 2 ** 20,
  requests: 10_000,
  requestBytes: defaultMaxMessageSize,
  references: 100_000,
  silence: 10_000,
};

/** This program's own workers hold what it makes them hold. */
export const unlimited: ManagerLimits = {
  ...defaults,
  requests: Number.POSITIVE_INFINITY,
  requestBytes: Number.POSITIVE_INFINITY,
  references: Number.POSITIVE_INFINITY,
};

/** The `limits` option. @param isTrusted - only this program's own workers can reach the server @throws ArgumentTypeError, ValueError */
export function checkManagerLimits(value: unknown, isTrusted: boolean): ManagerLimits {
  return checkLimits(value, isTrusted ? unlimited : defaults);
}
