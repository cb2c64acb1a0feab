import { types } from "node:util";
import type { Medium } from "@concurrent-futures/callable";
import { type PackedError, packError, unpackError, unpackErrorSync } from "@concurrent-futures/callable";
import { decodeFromNetwork, encodeForNetwork } from "@concurrent-futures/callable/network";
import * as core from "@concurrent-futures/core";
import { messageOf, nameOf, stackOf } from "@concurrent-futures/core/thrown";
import * as errors from "../errors.ts";
import { AttributeError } from "./attribute-error.ts";
import { KeyError } from "./key-error.ts";
import type { Origin } from "./proxy-values.ts";
import type { WireError } from "./wire.ts";

/** This library's errors cross machines by name: modules lie elsewhere there, and nothing may be imported. */
const classes: Readonly<Record<string, unknown>> = { ...core, ...errors, AttributeError, KeyError };

/** Packs whatever was thrown in the server. Stacks, with their paths, stay there unless the client is this program's own. */
export function encodeError(error: unknown, medium: Medium): WireError {
  const name = nameOf(error);
  const isOurs = name !== undefined && Object.hasOwn(classes, name);
  return {
    packed: isOurs ? undefined : medium === "network" ? forNetwork(error) : packError(error, medium),
    name: String(name),
    message: messageOf(error),
    stack: medium === "network" ? "" : (stackOf(error) ?? ""),
  };
}

/** The error itself; a RemoteError with its text when its class cannot be had here. */
export async function decodeError(error: WireError, origin: Origin, callerStack: string): Promise<unknown> {
  try {
    const found = known(error) ?? fromNetwork(error, origin);
    return found ?? (await unpackError(error.packed as PackedError, callerStack));
  } catch {
    return remote(error);
  }
}

/** As {@link decodeError}, for callers that cannot wait. */
export function decodeErrorSync(error: WireError, origin: Origin, callerStack: string): unknown {
  try {
    return (
      known(error) ?? fromNetwork(error, origin) ?? unpackErrorSync(error.packed as PackedError, callerStack)
    );
  } catch {
    return remote(error);
  }
}

/** What cannot be sent to another machine is told by its name and message alone. */
function forNetwork(error: unknown): Uint8Array | null {
  try {
    return encodeForNetwork(error, { name: "the error" });
  } catch {
    return null;
  }
}

function fromNetwork({ packed }: WireError, { medium, allow }: Origin): unknown {
  if (medium !== "network") return undefined;
  if (!(packed instanceof Uint8Array)) throw new TypeError("The error cannot be read here.");
  const error = decodeFromNetwork(packed, { ...(allow && { allow }) });
  // The caller expects errors; other values that are thrown there are reported by their text.
  if (!types.isNativeError(error)) throw new TypeError("The reply is not an error.");
  return error;
}

/** Makes one of this library's errors; the name picks among those, and among nothing else. */
function known({ packed, name, message, stack }: WireError): Error | undefined {
  if (packed !== undefined) return undefined;
  const Class = Object.hasOwn(classes, name) ? classes[name] : undefined;
  if (typeof Class !== "function" || !(Class.prototype instanceof Error)) return undefined;
  const error = Object.create(Class.prototype as object) as Error & { code?: string };
  const made = Object.assign(error, fields(Class as new (message: string) => Error, message));
  Object.defineProperty(made, "message", { value: message, configurable: true, writable: true });
  const shown = stack === "" ? `${name}: ${message}` : stack;
  Object.defineProperty(made, "stack", { value: shown, configurable: true, writable: true });
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
  const where = stack === "" ? "" : `\n--- in the manager's server ---\n${stack}`;
  return new errors.RemoteError(`${name}: ${message}${where}`);
}
