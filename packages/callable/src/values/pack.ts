import { messageOf, stackOf } from "@concurrent-futures/core/thrown";
import type { Medium } from "../symbols.ts";
import { isPacked, isSerialized, type PackedError } from "../wire.ts";
import { decode, decodeSync } from "./decode.ts";
import { Encoder } from "./encode.ts";
import { isPlain } from "./plain.ts";
import { deserialize } from "./serialized.ts";
import type { FunctionSource } from "./source.ts";
import { ValuePath } from "./value-path.ts";

/** Packs with a given source of knowledge about functions; each side has its own. */
export function packWith(
  source: FunctionSource,
  value: unknown,
  transfer: object[],
  medium: Medium,
  path: ValuePath,
  how: { readonly snapshot?: boolean; readonly asBytes?: boolean } = {},
): unknown {
  return new Encoder({ source, medium, transfer, path, ...how }).encode(value);
}

/** Whether structured clone carries a value as it is. The first question about every argument. */
export function isCloneable(value: unknown, medium: Medium): boolean {
  return isPlain(value, medium === "thread");
}

/**
 * The inverse of `pack`, for what comes from this program's own threads and processes; `network/decode.ts` is for all else.
 *
 * @returns the value; a promise of it only when a module must be imported first.
 */
export function unpack(value: unknown): unknown | Promise<unknown> {
  if (!isPacked(value)) return value;
  return isSerialized(value) ? deserialize(value) : decode(value);
}

/** As {@link unpack}, for callers that cannot wait: modules are loaded by `require`. */
export function unpackSync(value: unknown): unknown {
  if (!isPacked(value)) return value;
  return isSerialized(value) ? deserialize(value) : decodeSync(value);
}

/** Packs anything that was thrown. Never throws: what cannot be sent is replaced by a text that says so. */
export function packErrorWith(source: FunctionSource, error: unknown, medium: Medium): PackedError {
  const options = { source, medium, transfer: [], lenient: true };
  try {
    if (isCloneable(error, medium)) return { kind: "error", value: error };
    return {
      kind: "error",
      value: new Encoder({ ...options, path: new ValuePath("the error") }).encode(error),
    };
  } catch (failure) {
    return { kind: "error", value: describeThrown(error, failure) };
  }
}

/** A thrown value that cannot be sent, as an error which says that. */
function describeThrown(thrown: unknown, failure: unknown): unknown {
  const text = messageOf(thrown);
  const error = new Error(`A value that cannot be sent was thrown: ${text}`, { cause: String(failure) });
  return new Encoder({
    source: noSource,
    medium: "thread",
    transfer: [],
    path: new ValuePath(""),
    lenient: true,
  }).encode(error);
}

const noSource: FunctionSource = {
  find: () => undefined,
  snapshot: () => {
    throw new Error("not here");
  },
  builtinPath: () => undefined,
  belongsToNode: () => false,
  hasPrivateFields: () => false,
  findModule: () => undefined,
};

/**
 * The inverse of `packError`: the error itself, of its own class.
 *
 * @param callerStack - a stack of the caller's, whose frames are shown below the worker's.
 * @returns the thrown value; a promise of it only when the module of its class must be imported first.
 */
export function unpackError(packed: PackedError, callerStack?: string): unknown | Promise<unknown> {
  const value = unpack(packed.value);
  if (callerStack === undefined) return value;
  return value instanceof Promise
    ? value.then((error) => withCaller(error, callerStack))
    : withCaller(value, callerStack);
}

/** As {@link unpackError}, for callers that cannot wait. */
export function unpackErrorSync(packed: PackedError, callerStack?: string): unknown {
  const value = unpackSync(packed.value);
  return callerStack === undefined ? value : withCaller(value, callerStack);
}

function withCaller(error: unknown, callerStack: string): unknown {
  const stack = stackOf(error);
  if (stack === undefined) return error;
  const frames = callerStack.slice(callerStack.indexOf("\n    at "));
  if (frames.startsWith("\n    at ")) {
    Object.defineProperty(error, "stack", {
      value: `${stack}\n    --- submitted by ---${frames}`,
      configurable: true,
      writable: true,
      enumerable: false,
    });
  }
  return error;
}
