import { type PackedError, unpackErrorSync, withoutCode } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { messageOf } from "@concurrent-futures/core/thrown";

/** An error that a worker has sent; one that cannot be put together here is told as far as it can be read. Never throws. */
export function readError(packed: PackedError): unknown {
  try {
    return unpackErrorSync({ kind: "error", value: withoutCode(packed.value) });
  } catch (cause) {
    return unreadableError(packed, cause);
  }
}

/** The error that stands for one that cannot be put together here. */
export function unreadableError(packed: PackedError, cause: unknown): SerializationError {
  return new SerializationError(
    `The call failed with ${textOf(packed)}, an error that cannot be rebuilt here: ${messageOf(cause)}. ` +
      "Its class or one of its properties cannot be rebuilt from the data that was sent.",
    { cause },
  );
}

function textOf({ value }: PackedError): string {
  try {
    const { steps } = value as { steps: readonly { op: string; name: unknown; message: unknown }[] };
    const found = steps.find(({ op }) => op === "error");
    return found === undefined ? "a thrown value" : JSON.stringify(`${found.name}: ${found.message}`);
  } catch {
    return "a thrown value";
  }
}
