import { fileURLToPath } from "node:url";
import { RuntimeError } from "@concurrent-futures/core/errors";
import { builtin } from "../load/node-builtins.ts";

let checked = false;

/**
 * Makes sure that this package runs from its own files, or was bundled from those that are made for it (`in-bundle`). In another
 * bundle, nothing that workers need is where it is looked for.
 *
 * @throws RuntimeError that says how to keep the library out of the bundle.
 */
export function requireOwnFiles(): void {
  if (checked) return;
  // In a bundle it may be missing, or be what the machine was called that made the bundle.
  const here = import.meta.url as string | undefined;
  if (here === undefined || !/\/describe\/unbundled\.[jt]s$/.test(here) || !exists(here)) throw bundled(here);
  checked = true;
}

function exists(url: string): boolean {
  // In a program that was bundled with it, the library's URLs have a scheme of their own.
  return !url.startsWith("file:") || builtin("node:fs")!.existsSync(fileURLToPath(url));
}

function bundled(where: string | undefined): RuntimeError {
  // Our own build puts modules together, too, and leaves each a URL of its own beside that file: the folder is what is true.
  const into = where === undefined ? "a CommonJS file" : `a file in ${new URL("..", where).pathname}`;
  return new RuntimeError(
    `concurrent-futures has been bundled (into ${into}). Its workers start from files of its own, which this bundle lacks. ` +
      "Let the bundler follow the condition `module` of package.json (ncc cannot), or keep the library out of the bundle and install it " +
      "beside: mark concurrent-futures and @concurrent-futures/* as external " +
      "(esbuild, rollup: `external`; webpack, rspack: `externals`; vite: `ssr.external`; ncc: `--external`).",
  );
}
