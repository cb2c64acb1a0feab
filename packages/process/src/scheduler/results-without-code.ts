import { withoutCode } from "@concurrent-futures/callable";
import type { Results } from "../host/check-message.ts";

/**
 * Results as they are taken from workers that may bring no code. All of a message are looked at before the first is
 * delivered: one that cannot be read ends its worker, and no count has changed yet.
 *
 * @throws Error for what no worker packs
 */
export function resultsWithoutCode(message: Results): Results {
  const { values, failures } = message;
  return {
    ...message,
    // A column of numbers has nothing to take out.
    values: Array.isArray(values) ? values.map(withoutCode) : values,
    failures: failures?.map(
      ([index, { kind, value }]) => [index, { kind, value: withoutCode(value) }] as const,
    ),
  };
}
