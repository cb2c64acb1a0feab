import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deserialize, serialize } from "node:v8";
import type { CallableRef } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import type { ModuleNames } from "./module-names.ts";

/**
 * Functions by value, where both sides have allowed it and share a key. Addresses inside are rewritten: modules get their
 * names, and files, which only serve as the base of imports, their way from the root.
 */

type ByValue = CallableRef & { readonly kind: "value" };
type Step = Record<string, unknown>;

const modulePrefix = "cf-module:";
const filePrefix = "cf-file:";

/** A function by value as bytes. @throws SerializationError when it needs a module that the other side cannot have */
export function encodeCode(ref: ByValue, names: ModuleNames): Uint8Array {
  const steps = (ref.packed.steps as unknown as readonly Step[]).map((step) =>
    rewritten(
      step,
      (url) => {
        if (!url.startsWith("file:")) return url;
        const name = names.nameOf({ url, path: [] })?.module;
        if (name !== undefined) return modulePrefix + name;
        throw new SerializationError(
          `Cannot send the function ${ref.name}: it needs ${url}, which is not below the root ${names.root}.`,
        );
      },
      (url) => (url.startsWith("file:") ? filePrefix + wayTo(url, names.root) : url),
    ),
  );
  return serialize({ name: ref.name, packed: { ...ref.packed, steps } });
}

/** The inverse of {@link encodeCode}. The bytes must have been proved to come from an executor that is trusted. */
export function decodeCode(bytes: Uint8Array, names: ModuleNames): ByValue {
  const { name, packed } = deserialize(bytes) as Pick<ByValue, "name" | "packed">;
  const steps = (packed.steps as unknown as readonly Step[]).map((step) =>
    rewritten(
      step,
      (url) => (url.startsWith(modulePrefix) ? names.urlOf(url.slice(modulePrefix.length)) : url),
      (url) =>
        url.startsWith(filePrefix) ? pathToFileURL(join(names.root, url.slice(filePrefix.length))).href : url,
    ),
  );
  return {
    kind: "value",
    name,
    packed: { ...packed, steps: steps as unknown as ByValue["packed"]["steps"] },
  };
}

/** A copy of a step with other addresses. Steps refer to containers by identity, so these stay the same. */
function rewritten(step: Step, module: (url: string) => string, file: (url: string) => string): Step {
  const { address, parent, shape } = step as {
    readonly address?: { readonly url: string };
    readonly parent?: string;
    readonly shape?: { readonly file: string };
  };
  if (address !== undefined) return { ...step, address: { ...address, url: module(address.url) } };
  if (parent !== undefined) return { ...step, parent: file(parent) };
  if (shape !== undefined) return { ...step, shape: { ...shape, file: file(shape.file) } };
  return step;
}

function wayTo(url: string, root: string): string {
  return relative(root, fileURLToPath(url.replace(/[?#].*$/, "")))
    .split(sep)
    .join("/");
}
