/**
 * Whether a value can be awaited. One whose `then` throws when it is read counts as such: code that awaits it gets that
 * error. Published as `@concurrent-futures/core/thenable` for the sibling packages.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  try {
    return typeof (value as PromiseLike<unknown>).then === "function";
  } catch {
    return true;
  }
}
