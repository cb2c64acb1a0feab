/**
 * Whatever was thrown, read without being thrown at: `message` may be a getter, and `stack` is formatted when it is read, by
 * `Error.prepareStackTrace` where the program has one (source-map-support, and others).
 *
 * Published as `@concurrent-futures/core/thrown` for the sibling packages; users have no need of it.
 */

/** The message of an error, or the text of anything else. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return "a value without a text";
  }
}

/** The name of an error's kind; undefined where there is none to be had. */
export function nameOf(thrown: unknown): string | undefined {
  try {
    const name: unknown = (thrown as { name?: unknown } | null | undefined)?.name;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The stack of an error; undefined where there is none to be had. */
export function stackOf(thrown: unknown): string | undefined {
  try {
    const stack: unknown = (thrown as { stack?: unknown } | null | undefined)?.stack;
    return typeof stack === "string" ? stack : undefined;
  } catch {
    return undefined;
  }
}
