import { errorNames } from "@concurrent-futures/core/keys";
import { describeValue } from "../errors.ts";
import { addressOf } from "../load/exports.ts";
import { reduce, reference } from "../symbols.ts";
import type { Encoder } from "../values/encode.ts";
import { encodeReduced } from "../values/encode-instance.ts";
import { isNative } from "../values/native.ts";
import { wellKnownErrorClass } from "./decode-error.ts";

/** Fields that the engine itself makes, not enumerable. One that cannot be sent counts as if it were enumerable. */
const standard: readonly string[] = ["stack", "cause", "errors"];

/**
 * Writes an error: its class, name, message, stack and everything that it was given, `cause` and
 * `AggregateError.errors` included. Whether an own property that cannot be sent matters depends on the encoder:
 * thrown errors report what they can.
 */
export function encodeError(encoder: Encoder, error: Error): number {
  if (typeof (error as { [reduce]?: unknown })[reduce] === "function") return encodeReduced(encoder, error);
  const [of, kind] = classOfError(encoder, error);
  const to = encoder.visited.assign(error);
  encoder.steps.push({
    op: "error",
    to,
    of,
    kind,
    name: text(error, "name", "Error"),
    message: text(error, "message", ""),
  });
  const fields: Record<string, unknown> = {};
  const hidden: string[] = [];
  for (const key of keysOf(error)) {
    encoder.path.enter(`.${key}`);
    const enumerable = Object.getOwnPropertyDescriptor(error, key)?.enumerable === true;
    if (enumerable || standard.includes(key)) putField(encoder, fields, key, error);
    else putHiddenField(encoder, fields, key, error);
    if (!enumerable && Object.hasOwn(fields, key)) hidden.push(key);
    encoder.path.leave();
  }
  encoder.steps.push({ op: "fields", of: to, fields, hidden });
  return to;
}

/** The message and the name are in the step that makes the error; as fields, only where a library has made them enumerable. */
function keysOf(error: Error): string[] {
  return Object.getOwnPropertyNames(error).filter((key) => {
    if (key !== "message" && key !== "name") return true;
    if (!Object.prototype.propertyIsEnumerable.call(error, key)) return false;
    return key === "name" || typeof safely(() => read(error, key), undefined) === "string";
  });
}

function putField(encoder: Encoder, fields: Record<string, unknown>, key: string, error: Error): void {
  if (!encoder.lenient) {
    encoder.put(fields, key, read(error, key));
    return;
  }
  const failure = encoder.attempt(() => encoder.put(fields, key, read(error, key)));
  if (failure !== undefined && !putPart(encoder, fields, key, error, true))
    fields[key] = safely(() => notSent(read(error, key)), "[not sent: unreadable]");
}

/**
 * A library hides what its users need (`response`), and also its own methods and bookkeeping. What cannot be sent is
 * left out, even where an enumerable field would be refused: the sender did not choose to put it there.
 */
function putHiddenField(encoder: Encoder, fields: Record<string, unknown>, key: string, error: Error): void {
  const failure = encoder.attempt(() => {
    const value = read(error, key);
    if (typeof value !== "function") encoder.put(fields, key, value);
  });
  if (failure === undefined) return;
  delete fields[key];
  putPart(encoder, fields, key, error, false);
}

/**
 * Of an object without a class, the members that are data: axios keeps functions in `config`, zod in `_zod`, by which it also tells its
 * errors. The caller gets the rest, and where `named`, what was left out.
 *
 * @returns whether there was such an object
 */
function putPart(
  encoder: Encoder,
  fields: Record<string, unknown>,
  key: string,
  error: Error,
  named: boolean,
): boolean {
  const part: Record<string, unknown> = {};
  const failure = encoder.attempt(() => {
    const whole = read(error, key);
    if (!isPlain(whole)) throw new Error("not an object without a class");
    for (const member of Object.keys(whole)) {
      const value = whole[member];
      // Nothing that could be refused where it arrives: a copy is data.
      const copied = safely(() => [structuredClone(value)], undefined);
      if (copied !== undefined) part[member] = copied[0];
      else if (named) part[member] = notSent(value);
    }
    if (Object.keys(part).length === 0) throw new Error("nothing to send");
    encoder.put(fields, key, part);
  });
  if (failure !== undefined) delete fields[key];
  return failure === undefined;
}

function notSent(value: unknown): string {
  return `[not sent: ${describeValue(value)}]`;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // zod's have an empty one between.
  return (
    prototype === null || !Object.hasOwn(prototype as object, "constructor") || prototype === Object.prototype
  );
}

function read(error: Error, key: string): unknown {
  return (error as unknown as Record<string, unknown>)[key];
}

function text(error: Error, key: "name" | "message", otherwise: string): string {
  return safely(() => {
    const value = read(error, key);
    return typeof value === "string" ? value : value === undefined ? otherwise : String(value);
  }, otherwise);
}

function safely<T>(get: () => T, otherwise: T): T {
  try {
    return get();
  } catch {
    return otherwise;
  }
}

/**
 * The class to restore, as the number of a class that travels or -1, and the nearest well-known class, which stands
 * in for it. Classes that nobody can import (Node's internal ones) give way to their parents.
 */
function classOfError(encoder: Encoder, error: Error): [of: number, kind: string] {
  if (isDomException(error)) return [-1, "DOMException"];
  let of = -1;
  for (let at: unknown = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const Class: unknown = safely(
      () => Object.getOwnPropertyDescriptor(at as object, "constructor")?.value as unknown,
      undefined,
    );
    if (typeof Class !== "function") continue;
    // A class that says its own address may have the name of another.
    if (!Object.hasOwn(Class, reference) && isWellKnown(Class)) return [of, Class.name];
    if (of < 0) of = safely(() => numberOfClass(encoder, Class), -1);
  }
  return [of, "Error"];
}

/** To some versions of Node it is a native error, to others not. */
function isDomException(error: Error): boolean {
  return Object.prototype.toString.call(error) === "[object DOMException]";
}

function isWellKnown(Class: Function): boolean {
  const known = wellKnownErrorClass(Class.name);
  if (known === undefined) return false;
  return known === Class || isNative(Class) || isOurs(Class);
}

/** Another loaded copy of the core package has classes of its own, with the same brand. */
function isOurs(Class: Function): boolean {
  const brand: unknown = (Class.prototype as Record<symbol, unknown>)[errorNames];
  return Array.isArray(brand) && brand.at(-1) === Class.name;
}

function numberOfClass(encoder: Encoder, Class: Function): number {
  if (addressOf(Class) === undefined && !encoder.lenient) return encoder.number(Class);
  let of = -1;
  encoder.attempt(() => {
    of = encoder.number(Class);
  });
  return of;
}
