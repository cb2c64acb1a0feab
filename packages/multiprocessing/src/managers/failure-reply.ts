import type { Medium } from "@concurrent-futures/callable";
import { frameOf } from "../connection/framing.ts";
import { encodeError } from "./known-errors.ts";
import { encodeMessage } from "./messages.ts";

/** The reply that tells of an error, in its frame; where the error is too long for one, of that. */
export function failureReply(id: number, error: unknown, medium: Medium): Uint8Array {
  const frame = (what: unknown): Uint8Array =>
    frameOf(encodeMessage({ id, ok: false, error: encodeError(what, medium) }, medium));
  try {
    return frame(error);
  } catch (tooLong) {
    return frame(tooLong);
  }
}
