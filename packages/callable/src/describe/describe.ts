import { ArgumentTypeError } from "@concurrent-futures/core/errors";
import { functionFault } from "../errors.ts";
import type { Medium } from "../symbols.ts";
import { Encoder } from "../values/encode.ts";
import { knownAddress } from "../values/known-address.ts";
import { ValuePath } from "../values/value-path.ts";
import type { AnyFunction, CallableRef, ExportAddress } from "../wire.ts";
import { captures } from "./captures.ts";
import { constantOf, isUnchanging, rememberConstant, rememberText } from "./constants.ts";
import { functionText } from "./function-text.ts";
import { collectSnapshots, forget, inspectedSource } from "./source.ts";
import { requireOwnFiles } from "./unbundled.ts";

/** References never change: one per function. */
const references = new WeakMap<Function, CallableRef>();

/**
 * Says how a function gets to a worker: by module and name where it is exported, else as its source with the values
 * that its variables have now. Synchronous. Python: what `pickle`, and for the rest `cloudpickle`, do with functions.
 *
 * A function that was described by reference costs a lookup from then on, and so does one by value whose captured
 * variables cannot change. Any other costs some tens of microseconds each time.
 *
 * @param medium - by which way it will go; what it captured is checked for that.
 * @param captured - told of each variable's value that a function by value takes along.
 * @throws SerializationError that names the variable when the function cannot be sent, and says what to do.
 * @throws RuntimeError when a bundler has taken this package into another file.
 */
export function describe(
  fn: AnyFunction,
  medium: Medium = "thread",
  captured?: (value: unknown) => void,
): CallableRef {
  const known = references.get(fn as Function);
  if (known !== undefined) return known;
  if (typeof fn !== "function") {
    throw new ArgumentTypeError(`Expected a function, got ${fn === null ? "null" : typeof fn}.`);
  }
  requireOwnFiles();
  const constant = constantOf(fn);
  if (constant !== undefined) return constant;
  try {
    return describeNew(fn as unknown as Function, medium, captured);
  } finally {
    forget();
  }
}

function describeNew(
  fn: Function,
  medium: Medium,
  captured: ((value: unknown) => void) | undefined,
): CallableRef {
  const address = knownAddress(fn) ?? inspectedSource.find(fn);
  if (address !== undefined) {
    checkThis(fn, address);
    const ref: CallableRef = { kind: "reference", name: fn.name, ...address };
    references.set(fn, ref);
    return ref;
  }
  const encoder = new Encoder({
    source: inspectedSource,
    medium,
    captured,
    transfer: [],
    snapshot: true,
    path: new ValuePath(`the function ${fn.name === "" ? "(anonymous)" : fn.name}`),
  });
  const [packed, snapshots] = collectSnapshots(() => encoder.encode(fn, "callee"));
  const ref = { kind: "value", name: fn.name, packed } as const;
  if (snapshots.length === 1 && snapshots[0]!.snapshot.closed === true) rememberText(fn, ref);
  const functions = snapshots.map(({ value }) => value);
  return snapshots.every(({ snapshot }) => snapshot.fixed) && isUnchanging(packed, functions)
    ? rememberConstant(fn, ref, functions)
    : ref;
}

/** A method of a prototype has no instance in the worker. Static methods are called on what holds them. */
function checkThis(fn: Function, address: ExportAddress): void {
  if (address.path[1] !== "prototype") return;
  const text = functionText(Function.prototype.toString.call(fn), true);
  if ("kind" in text) return;
  const found = captures(text);
  if (!found.ownThis && found.fault?.kind !== "super") return;
  throw functionFault(fn.name, address.url.slice(address.url.lastIndexOf("/") + 1), { kind: "this" });
}
