import { dirname, isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { requireFrom } from "./modules.ts";
import { sharedState } from "./shared-state.ts";

const parents = sharedState("import.meta", () => new WeakMap<object, string>());

/** What `import.meta` is in a function that goes by value: that of the module which it came from. */
export function importMeta(url: string): object {
  const filename = url.startsWith("file:") ? fileURLToPath(url) : undefined;
  const resolve = (specifier: string): string => {
    if (/^\.{0,2}\//.test(specifier) || specifier.includes(":")) return new URL(specifier, url).href;
    const found = requireFrom(url).resolve(specifier);
    return isAbsolute(found) ? pathToFileURL(found).href : `node:${found}`;
  };
  const file = filename === undefined ? {} : { filename, dirname: dirname(filename) };
  // Without a prototype, as the real one is.
  const meta = Object.assign(Object.create(null) as object, file, { url, resolve });
  parents.set(meta, url);
  return meta;
}

/** For what {@link importMeta} made: the module whose it is. */
export function parentOfImportMeta(value: object): string | undefined {
  return parents.get(value);
}
