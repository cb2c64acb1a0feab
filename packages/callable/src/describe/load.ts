import { loadReference, loadReferenceSync } from "../load/load.ts";
import { decode, decodeSync } from "../values/decode.ts";
import type { AnyFunction, CallableRef } from "../wire.ts";

/** As the worker's `load`, with everything at hand: this side has loaded it anyway. */
export function load(ref: CallableRef): AnyFunction | Promise<AnyFunction> {
  return ref.kind === "value"
    ? (decode(ref.packed) as AnyFunction | Promise<AnyFunction>)
    : loadReference(ref);
}

/** As {@link load}, for callers that cannot wait: modules are loaded by `require`. */
export function loadSync(ref: CallableRef): AnyFunction {
  return ref.kind === "value" ? (decodeSync(ref.packed) as AnyFunction) : loadReferenceSync(ref);
}
