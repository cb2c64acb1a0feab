import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ExportName } from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";
import { isSegment, PackageNames } from "./package-names.ts";

/** In this order: what Node runs by itself comes first. */
const endings = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx"] as const;
const ending = /\.[cm]?[jt]sx?$/;

/**
 * What modules are called between machines: the way from the root, without the ending, so that TypeScript on one side is
 * its output on the other.
 */
export class ModuleNames {
  readonly root: string;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #folders: readonly (readonly [from: string, to: string])[];
  readonly #packages: PackageNames;
  readonly #urls: Map<string, string> = new Map();
  readonly #names: Map<string, string | undefined> = new Map();

  /**
   * @param only - names that may be asked for; all below the root if not given.
   * @param packages - packages whose modules may be named.
   * @param folders - folders that have another name here: what was named below the first is looked for below the second.
   */
  constructor(
    root: string,
    only?: readonly string[],
    packages: readonly string[] = [],
    folders: readonly (readonly [from: string, to: string])[] = [],
  ) {
    this.root = realpathSync(root);
    this.#only = only === undefined ? undefined : new Set(only);
    this.#folders = folders;
    this.#packages = new PackageNames(this.root, packages);
  }

  /** What the other side calls an export; `undefined` for what is not below the root. */
  nameOf(address: { readonly url: string; readonly path: readonly string[] }): ExportName | undefined {
    let module = this.#names.get(address.url);
    if (module === undefined && !this.#names.has(address.url)) {
      module = this.#moduleName(address.url);
      this.#names.set(address.url, module);
    }
    return module === undefined ? undefined : { module, path: address.path };
  }

  /** The file that a name stands for here. @throws SerializationError for what this side does not have or give */
  urlOf(name: string): string {
    const known = this.#urls.get(name);
    if (known !== undefined) return known;
    const url = pathToFileURL(this.#fileOf(name)).href;
    this.#urls.set(name, url);
    return url;
  }

  #moduleName(url: string): string | undefined {
    if (!url.startsWith("file:")) return undefined;
    const file = realPath(fileURLToPath(url.replace(/[?#].*$/, "")));
    const segments = relative(this.root, file).split(sep);
    if (!segments.every(isSegment)) return this.#packages.nameOf(file);
    const mapped = this.#folders.find(([, to]) => segments[0] === to);
    if (mapped !== undefined) segments[0] = mapped[0];
    return `./${segments.join("/").replace(ending, "")}`;
  }

  #fileOf(name: string): string {
    if (PackageNames.isName(name)) return this.#packages.fileOf(name);
    const segments = name.startsWith("./") ? name.slice(2).split("/") : [];
    if (segments.length === 0 || !segments.every(isSegment)) {
      throw new SerializationError(
        `The module ${JSON.stringify(name)} cannot be named here: expected the path from the root, such as "./tasks".`,
      );
    }
    if (this.#only !== undefined && !this.#only.has(name)) {
      throw new SerializationError(
        `The module ${JSON.stringify(name)} was not given to this worker. It has: ${[...this.#only].join(", ")}.`,
      );
    }
    const base = join(this.root, ...this.#mapped(segments));
    const file = endings.map((one) => base + one).find((one) => existsSync(one));
    if (file === undefined) {
      throw new SerializationError(
        `There is no module ${JSON.stringify(name)} below ${this.root}. Give the worker the root that its copy of the ` +
          "program has, and bring the copy up to date.",
      );
    }
    const real = realpathSync(file);
    if (!relative(this.root, real).split(sep).every(isSegment)) {
      throw new SerializationError(
        `The module ${JSON.stringify(name)} is a link that leads outside ${this.root}.`,
      );
    }
    return real;
  }

  #mapped(segments: readonly string[]): readonly string[] {
    const mapped = this.#folders.find(([from]) => segments[0] === from);
    return mapped === undefined ? segments : [mapped[1], ...segments.slice(1)];
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** The root where none is given: the folder of the nearest package.json above a file or folder. */
export function packageRoot(start: string): string {
  for (let at = resolve(start); ; at = dirname(at)) {
    if (existsSync(join(at, "package.json"))) return at;
    if (dirname(at) === at) return resolve(start);
  }
}
