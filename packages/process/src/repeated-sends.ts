import { byteSize } from "./byte-size.ts";

/** A value of more than this many bytes is worth a word when it is sent so often. */
const large = 1_000_000;
const often = 10;

/** Values with fewer parts than this are small, unless one of the parts is large. */
const manyParts = 256;

/** How often an object has been sent, and how large it is once that was asked; of those only that may be large. */
const counts = new WeakMap<object, { times: number; bytes: number }>();

/** A large value has been sent again, as before. */
export interface SentAgain {
  readonly bytes: number;
  /** Whether it is the first time that this is worth a word. */
  readonly first: boolean;
}

/**
 * Notes that a value is sent to a worker, and says once what to do when the same large one is sent again and again. What
 * is small is told at a glance: this runs for each argument that is an object.
 */
export function noteSent(value: unknown): SentAgain | undefined {
  if (typeof value !== "object" || value === null || !mayBeLarge(value, 2)) return undefined;
  let count = counts.get(value);
  if (count === undefined) {
    count = { times: 0, bytes: 0 };
    counts.set(value, count);
  }
  if (++count.times < often) return undefined;
  const first = count.times === often;
  if (first) count.bytes = byteSize(value);
  const { bytes } = count;
  if (bytes <= large) return undefined;
  if (first) warn(value, bytes);
  return { bytes, first };
}

function warn(value: object, bytes: number): void {
  process.emitWarning(
    `The same ${nameOf(value)} of ${(bytes / 1_000_000).toFixed(1)} MB has been sent to workers ${often} times. ` +
      "Pass it to share() to send it to each worker once.",
    { type: "PerformanceWarning", code: "CF_SENT_AGAIN" },
  );
}

function mayBeLarge(value: object, depth: number): boolean {
  if (ArrayBuffer.isView(value)) return value.byteLength > large && !isShared(value.buffer);
  if (value instanceof ArrayBuffer) return value.byteLength > large;
  if (Array.isArray(value)) return value.length >= manyParts || someLarge(value, depth);
  if (value instanceof Map || value instanceof Set) return value.size >= manyParts || depth < 2;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  let parts = 0;
  for (const name in value) {
    if (++parts >= manyParts) return true;
    if (isLargePart((value as Record<string, unknown>)[name], depth)) return true;
  }
  return false;
}

function someLarge(values: readonly unknown[], depth: number): boolean {
  for (let at = 0; at < values.length; at++) if (isLargePart(values[at], depth)) return true;
  return false;
}

function isLargePart(part: unknown, depth: number): boolean {
  if (typeof part === "string") return part.length > large / manyParts;
  return typeof part === "object" && part !== null && depth > 0 && mayBeLarge(part, depth - 1);
}

/** Memory that is shared is not copied. */
function isShared(buffer: ArrayBufferLike): boolean {
  return Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}

function nameOf(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? name : "object";
}
