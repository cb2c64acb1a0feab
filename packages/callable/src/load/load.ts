import { SerializationError } from "@concurrent-futures/core/errors";
import type { AnyFunction, CallableRef, ExportAddress } from "../wire.ts";
import { findExport, keyOf, registerExport, requestFor } from "./exports.ts";
import { codec } from "./load-codec.ts";
import { whileLoading } from "./load-failure.ts";
import { importModule, loadedModule, requireModule } from "./modules.ts";
import { OwnMap } from "./own-map.ts";

type Reference = CallableRef & { readonly kind: "reference" };

/** Functions by address, ready to be called. */
const loaded = new OwnMap<string, AnyFunction>();

/**
 * Gets the function that `describe` described on the other side.
 *
 * @returns the function; a promise of it only when a module must be imported first. Methods of an exported object or
 * class are called on it.
 * @throws SerializationError when the module has no such export or it is not a function; what the module throws when it
 * is imported.
 */
export function load(ref: CallableRef): AnyFunction | Promise<AnyFunction> {
  return ref.kind === "value"
    ? (codec().decode(ref.packed) as AnyFunction | Promise<AnyFunction>)
    : loadReference(ref);
}

/** As {@link load}, for a function by reference. */
export function loadReference(ref: Reference): AnyFunction | Promise<AnyFunction> {
  const known = loaded.get(keyOf(ref));
  if (known !== undefined) return known;
  const request = requestFor(ref);
  if (loadedModule(request) !== undefined) return callable(ref);
  return importModule(request).then(
    () => callable(ref),
    (error: unknown) => {
      throw whileLoading(error, ref.url, ref.path.join("."));
    },
  );
}

/** As {@link load}, for callers that cannot wait: modules are loaded by `require`. */
export function loadSync(ref: CallableRef): AnyFunction {
  return ref.kind === "value" ? (codec().decodeSync(ref.packed) as AnyFunction) : loadReferenceSync(ref);
}

/** As {@link loadSync}, for a function by reference. */
export function loadReferenceSync(ref: Reference): AnyFunction {
  const known = loaded.get(keyOf(ref));
  if (known !== undefined) return known;
  try {
    if (loadedModule(requestFor(ref)) === undefined) requireModule(requestFor(ref));
  } catch (error) {
    throw whileLoading(error, ref.url, ref.path.join("."));
  }
  return callable(ref);
}

function callable(ref: Reference): AnyFunction {
  const { value, holder } = findExport(ref);
  if (typeof value !== "function") {
    throw new SerializationError(
      `Expected ${ref.url} to export a function as \`${ref.path.join(".")}\`, got ${typeof value}.`,
    );
  }
  const address: ExportAddress =
    ref.commonjs === true
      ? { url: ref.url, path: ref.path, commonjs: true }
      : { url: ref.url, path: ref.path };
  registerExport(address, value);
  const ready = (
    holder === undefined || ref.path.at(-2) === "prototype"
      ? value
      : (...args: unknown[]) => Reflect.apply(value, holder, args)
  ) as AnyFunction;
  loaded.set(keyOf(ref), ready);
  return ready;
}
