import { createHash } from "node:crypto";

/** A line of text that takes a moment to make and that nobody can guess. */
export function fingerprint(n: number): string {
  let text = String(n);
  for (let round = 0; round < 500; round++) text = createHash("sha256").update(text).digest("hex");
  return `${n} ${text}`;
}
