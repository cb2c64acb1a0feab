import { ArgumentTypeError, ValueError } from "./errors.ts";

/**
 * The argument checks that the sibling packages share, so that a wrong option is worded alike everywhere.
 * Published as `@concurrent-futures/core/options` for them; users have no need of it.
 */

/** A short text of any value, for messages: `"abc" (string)`, `NaN (number)`, `[object Map]`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)} (string)`;
    case "number":
    case "boolean":
    case "bigint":
      return `${String(value)} (${typeof value})`;
    case "symbol":
      return value.toString();
    case "function":
      return `function ${value.name || "(anonymous)"}`;
    case "undefined":
      return "undefined";
    default:
      return value === null ? "null" : Array.isArray(value) ? "an array" : `an object (${className(value)})`;
  }
}

function className(value: {} | undefined): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? name : "no class";
}

/**
 * Refuses everything but a whole number of at least `min`.
 *
 * @throws ArgumentTypeError when it is not a whole number; ValueError when it is too small.
 */
export function checkInteger(name: string, value: unknown, min = 1): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new ArgumentTypeError(
      `Expected \`${name}\` to be a whole number of at least ${min}, got ${describeValue(value)}.`,
    );
  }
  if (value < min) {
    throw new ValueError(
      `${name} must be ${min === 1 ? "greater than 0" : `at least ${min}`}: expected a whole number of at least ${min}, got ${value}.`,
    );
  }
  return value;
}

/**
 * Refuses everything but `undefined` (wait forever) and a number of milliseconds. Infinity waits forever as well.
 *
 * @throws ArgumentTypeError when it is not a number; ValueError when it is NaN.
 */
export function checkTimeout(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number") {
    throw new ArgumentTypeError(
      `Expected \`${name}\` to be a number of milliseconds or undefined, got ${describeValue(value)}.`,
    );
  }
  if (Number.isNaN(value)) {
    throw new ValueError(
      `Expected \`${name}\` to be a number of milliseconds, got NaN. Leave it out to wait forever.`,
    );
  }
  return value === Number.POSITIVE_INFINITY ? undefined : value;
}

/** Refuses arguments that would be ignored, as Python's positional ones. @throws ArgumentTypeError */
export function refuseMore(more: readonly unknown[], expected: string): void {
  if (more.length > 0) {
    throw new ArgumentTypeError(
      `Expected ${expected}, got ${more.length} more argument(s): ${describeValue(more[0])}.`,
    );
  }
}

/** Refuses everything but `undefined`, true and false. @throws ArgumentTypeError */
export function checkBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") {
    throw new ArgumentTypeError(`Expected \`${name}\` to be true or false, got ${describeValue(value)}.`);
  }
}

/** Refuses what cannot be called; `remedy` is said after it. @throws ArgumentTypeError */
export function checkFunction(name: string, value: unknown, remedy?: string): void {
  if (typeof value !== "function") {
    const message = `Expected \`${name}\` to be a function, got ${describeValue(value)}.`;
    throw new ArgumentTypeError(remedy === undefined ? message : `${message} ${remedy}`);
  }
}

/** Refuses what is not a string. @throws ArgumentTypeError */
export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== "string")
    throw new ArgumentTypeError(`Expected \`${name}\` to be a string, got ${describeValue(value)}.`);
}

/** Refuses what is not an array. @param ofWhat - what is in it @throws ArgumentTypeError */
export function checkArray(name: string, value: unknown, ofWhat?: string): asserts value is unknown[] {
  if (Array.isArray(value)) return;
  const what = ofWhat === undefined ? "an array" : `an array of ${ofWhat}`;
  throw new ArgumentTypeError(`Expected \`${name}\` to be ${what}, got ${describeValue(value)}.`);
}

/** Checks how the workers of a pool are initialized. @throws ArgumentTypeError */
export function checkInitializer(initializer: unknown, initargs: unknown): void {
  if (initializer !== undefined) checkFunction("initializer", initializer);
  checkArray("initargs", initargs);
}

/** Refuses what can be iterated neither synchronously nor asynchronously. @throws ArgumentTypeError */
export function checkIterable(name: string, value: unknown): void {
  if (!isIterable(value) && !isAsyncIterable(value)) {
    throw new ArgumentTypeError(
      `Expected \`${name}\` to be iterable (an array, a generator, an async iterable), got ${describeValue(value)}.`,
    );
  }
}

/** Whether `for…of` takes it. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function";
}

/** Whether `for await…of` takes it by its own async iterator. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  const asked = value as Partial<AsyncIterable<unknown>> | null | undefined;
  return typeof asked?.[Symbol.asyncIterator] === "function";
}

/** How many values an array, a typed array, a Set or a Map gives; undefined for whatever decides that for itself. */
export function lengthOf(iterable: unknown): number | undefined {
  if (Array.isArray(iterable))
    return iterable[Symbol.iterator] === Array.prototype[Symbol.iterator] ? iterable.length : undefined;
  if (iterable instanceof Set || iterable instanceof Map) return iterable.size;
  return ArrayBuffer.isView(iterable) && "length" in iterable ? (iterable.length as number) : undefined;
}

/**
 * Refuses an options argument that is not an object, or that has a name which is not known: a typing mistake should
 * fail at the call, not be ignored.
 *
 * @throws ArgumentTypeError when it is not an object; ValueError for an unknown name.
 */
export function checkOptions(name: string, value: unknown, known: readonly string[]): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ArgumentTypeError(`Expected \`${name}\` to be an object, got ${describeValue(value)}.`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      const meant = known.find((option) => spelled(option) === spelled(key));
      const hint = meant === undefined ? "" : ` Did you mean \`${meant}\`?`;
      throw new ValueError(
        `Unknown option \`${key}\` in \`${name}\`: expected one of ${known.join(", ")}.${hint}`,
      );
    }
  }
}

/** Python's `max_workers` and our `maxWorkers` are one word. */
function spelled(option: string): string {
  return option.replaceAll("_", "").toLowerCase();
}

/** Up to here, in milliseconds, a limit is taken for one that was meant in Python's seconds, and its error says so. */
const likelySeconds = 10;

/**
 * A limit in the words of a `TimeoutError`: `50 ms`. Where it is so short that Python's seconds were likely meant, it says
 * that limits are milliseconds here.
 */
export function describeTimeout(milliseconds: number | undefined): string {
  const text = `${milliseconds} ms`;
  if (milliseconds === undefined || !(milliseconds > 0 && milliseconds <= likelySeconds)) return text;
  return `${text} (timeouts are in milliseconds: ${milliseconds} s would be ${milliseconds * 1000})`;
}
