import { type PackedError, unpack, unpackError } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { messageOf, stackOf } from "@concurrent-futures/core/thrown";
import { unreadableError } from "../read-error.ts";
import type { CallSite } from "./call-sites.ts";

/** Hands on a value that has come back; late, when a class's module has to be imported first. */
export function decodeResult(
  value: unknown,
  settle: (value: unknown) => void,
  fail: (error: unknown) => void,
): void {
  if (typeof value !== "object" || value === null) {
    settle(value);
    return;
  }
  let decoded: unknown;
  try {
    decoded = unpack(value);
  } catch (error) {
    fail(undecodable(error));
    return;
  }
  if (decoded !== value && decoded instanceof Promise)
    decoded.then(settle, (error: unknown) => fail(undecodable(error)));
  else settle(decoded);
}

/** Hands on an error that has come back, with the caller's frames below the worker's. */
export function decodeError(
  packed: PackedError,
  site: CallSite | undefined,
  fail: (error: unknown) => void,
): void {
  let error: unknown;
  try {
    error = unpackError(packed);
  } catch (cause) {
    error = unreadableError(packed, cause);
  }
  if (error instanceof Promise) {
    error.then(
      (decoded) => fail(withCaller(decoded, site)),
      (cause: unknown) => fail(withCaller(unreadableError(packed, cause), site)),
    );
  } else fail(withCaller(error, site));
}

/** The error of a call whose message structured clone refused. */
export function uncloneable(error: unknown, name: string): SerializationError {
  return new SerializationError(
    `An argument of \`${name}\` cannot be sent to a worker: ${messageOf(error)}. Pass plain data, or give its class a [reduce]() method.`,
    { cause: error },
  );
}

function undecodable(cause: unknown): SerializationError {
  return new SerializationError(
    `The result came back from the worker, but cannot be rebuilt here: ${messageOf(cause)}`,
    { cause },
  );
}

const separator = "    --- submitted at ---";

function withCaller(error: unknown, site: CallSite | undefined): unknown {
  const caller = stackOf(site);
  if (caller === undefined || typeof error !== "object" || error === null) return error;
  const stack = stackOf(error);
  if (stack === undefined || Object.isFrozen(error)) return error;
  // The first line of a captured stack is its heading.
  const frames = caller.slice(caller.indexOf("\n") + 1);
  Object.defineProperty(error, "stack", {
    value: `${stack}\n${separator}\n${frames}`,
    configurable: true,
    writable: true,
  });
  return error;
}
