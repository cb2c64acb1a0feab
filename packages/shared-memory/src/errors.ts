/**
 * The errors of this package. They carry the brand that the errors of `@concurrent-futures/core` are known by, so that
 * `instanceof FuturesError` holds for them although this package does without core.
 */
const brandKey = Symbol.for("concurrent-futures.error");

/** What shared memory cannot do, with a stable `code`. */
export class SharedMemoryError extends Error {
  readonly code: "ERR_SHARED_MEMORY_UNAVAILABLE" | "ERR_SHARED_MEMORY_FULL" | "ERR_SHARED_MEMORY_GONE";

  constructor(code: SharedMemoryError["code"], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
Object.defineProperty(SharedMemoryError.prototype, "name", {
  value: "SharedMemoryError",
  configurable: true,
  writable: true,
});
Object.defineProperty(SharedMemoryError.prototype, brandKey, {
  value: ["FuturesError", "SharedMemoryError"],
});
Object.defineProperty(SharedMemoryError, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    const brands = (value as { [brandKey]?: readonly string[] } | null | undefined)?.[brandKey];
    return brands?.includes("SharedMemoryError") ?? false;
  },
});

/** Native memory cannot be had here. */
export function unavailable(why: string, cause?: unknown): SharedMemoryError {
  return new SharedMemoryError(
    "ERR_SHARED_MEMORY_UNAVAILABLE",
    `Processes cannot share memory here: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

/** A whole number within bounds. @throws RangeError */
export function checkWhole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw Object.assign(
    new RangeError(
      `Expected \`${name}\` to be a whole number from ${least} to ${most}, got ${String(value)}.`,
    ),
    { code: "ERR_OUT_OF_RANGE" },
  );
}
