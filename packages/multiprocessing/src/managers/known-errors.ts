import type { Medium } from "@concurrent-futures/callable";
import { type PackedError, packError, unpackError, unpackErrorSync } from "@concurrent-futures/callable";
import * as core from "@concurrent-futures/core";
import * as errors from "../errors.ts";
import { AttributeError } from "./attribute-error.ts";
import { KeyError } from "./key-error.ts";
import type { WireError } from "./wire.ts";

/** This library's errors cross machines by name: modules lie elsewhere there, and nothing may be imported. */
const classes: Readonly<Record<string, unknown>> = { ...core, ...errors, AttributeError, KeyError };

/** Packs whatever was thrown in the server. */
export function encodeError(error: unknown, medium: Medium): WireError {
  const { name, message, stack } = (error ?? {}) as { name?: unknown; message?: unknown; stack?: unknown };
  return {
    packed: typeof name === "string" && Object.hasOwn(classes, name) ? undefined : packError(error, medium),
    name: String(name),
    message: String(message ?? error),
    stack: String(stack ?? ""),
  };
}

/** The error itself; a RemoteError with its text when its class cannot be had here. */
export async function decodeError(error: WireError, medium: Medium, callerStack: string): Promise<unknown> {
  try {
    return known(error) ?? (await unpackError(error.packed as PackedError, callerStack, medium));
  } catch {
    return remote(error);
  }
}

/** As {@link decodeError}, for callers that cannot wait. */
export function decodeErrorSync(error: WireError, medium: Medium, callerStack: string): unknown {
  try {
    return known(error) ?? unpackErrorSync(error.packed as PackedError, callerStack, medium);
  } catch {
    return remote(error);
  }
}

function known({ packed, name, message, stack }: WireError): Error | undefined {
  if (packed !== undefined) return undefined;
  const Class = Object.hasOwn(classes, name) ? classes[name] : undefined;
  if (typeof Class !== "function") return undefined;
  const error = Object.create(Class.prototype as object) as Error & { code?: string };
  const made = Object.assign(error, fields(Class as new (message: string) => Error, message));
  Object.defineProperty(made, "message", { value: message, configurable: true, writable: true });
  Object.defineProperty(made, "stack", { value: stack, configurable: true, writable: true });
  return made;
}

function fields(Class: new (message: string) => Error, message: string): object {
  try {
    return { ...new Class(message) };
  } catch {
    return {};
  }
}

function remote({ name, message, stack }: WireError): Error {
  return new errors.RemoteError(`${name}: ${message}\n--- in the manager's server ---\n${stack}`);
}
