import { SerializationError } from "@concurrent-futures/core/errors";
import { type FoundExport, registerExport } from "./exports.ts";
import { loadedModule } from "./modules.ts";

/** Steps that lead from any function to the means of making new ones. */
const forbidden: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * An export that somebody outside this program has named, of a module that has been loaded. The way to it leads through
 * own properties only: what a value inherits is the language's, `constructor` above all.
 *
 * @throws SerializationError when there is no such function.
 */
export function ownExport(
  url: string,
  path: readonly string[],
  shown: string,
): FoundExport & { readonly value: Function } {
  const namespace = loadedModule({ specifier: url });
  if (namespace === undefined) throw new SerializationError(`The module ${shown} is not loaded.`);
  let found: FoundExport = { value: namespace, holder: undefined };
  for (const [index, name] of path.entries()) {
    const holder = index === 0 ? exporting(namespace, name) : found.value;
    const isMethod = index === 1 && name === "prototype" && path.length === 3 && typeof holder === "function";
    if ((forbidden.has(name) && !isMethod) || !isObject(holder) || !Object.hasOwn(holder, name)) {
      throw missing(shown, path, namespace);
    }
    found = { value: (holder as Record<string, unknown>)[name], holder: index === 0 ? undefined : holder };
  }
  const { value, holder } = found;
  if (path.length === 0 || typeof value !== "function") throw missing(shown, path, namespace);
  registerExport({ url, path }, value);
  return { value, holder };
}

/** CommonJS modules that were imported have their members under `default` when Node could not tell the names. */
function exporting(namespace: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(namespace, name)) return namespace;
  const { default: exports } = namespace;
  return isObject(exports) && Object.hasOwn(exports, name) ? exports : namespace;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function missing(shown: string, path: readonly string[], namespace: object): SerializationError {
  const names = Object.keys(namespace);
  return new SerializationError(
    `Expected ${shown} to export a function as \`${path.join(".")}\`, but it does not. ` +
      `It exports: ${names.length === 0 ? "nothing" : names.slice(0, 20).join(", ")}.`,
  );
}
