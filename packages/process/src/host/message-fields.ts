/** The parts of a message from a worker, of which only own properties count; {@link wrong} is what else there may be. */

export function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

/**
 * A list without holes, with `most` items at most. A list of four thousand million holes comes in twenty bytes, and code that goes
 * through it does nothing else for minutes.
 */
export function list(
  value: unknown,
  what: string,
  most: number = Number.POSITIVE_INFINITY,
): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw wrong(what);
  for (let at = 0; at < value.length; at++)
    if (value[at] === undefined && !Object.hasOwn(value, at)) throw wrong(what);
  return value;
}

export function index(message: object, key: string): number {
  const value = own(message, key);
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw wrong(`an invalid number as \`${key}\``);
  return value;
}

export function wrong(what: string): Error {
  return new Error(`The worker has sent ${what}, which this library never does`);
}
