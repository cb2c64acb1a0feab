/** The parts of a message from a worker, of which only own properties count; {@link wrong} is what else there may be. */

export function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

export function index(message: object, key: string): number {
  const value = own(message, key);
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw wrong(`no number as \`${key}\``);
  return value;
}

export function wrong(what: string): Error {
  return new Error(`The worker has sent ${what}, which this library never does`);
}
