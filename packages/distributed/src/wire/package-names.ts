import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { SerializationError } from "@concurrent-futures/core";

/** What names of modules of packages begin with. */
const prefix = "pkg:";

/** What a trace goes on by: the one module of a package that may always be named. A worker that has no tracing runs calls without. */
export const traceModule: string = `${prefix}@concurrent-futures/opentelemetry/dist/restore.js`;

const traceFile = join("dist", "restore.js");

/** As npm allows it, with or without a scope. */
export const packageName: RegExp = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** Modules of packages: `pkg:<package>/<file>`. Each side has them installed, wherever its package manager puts them. */
export class PackageNames {
  readonly #root: string;
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed - the packages that may be named. */
  constructor(root: string, allowed: readonly string[] = []) {
    this.#root = root;
    this.#allowed = new Set(allowed);
  }

  /** Whether a name is one of a package's module. */
  static isName(name: string): boolean {
    return name.startsWith(prefix);
  }

  /** The name of a file of a package that may be named; `undefined` for any other. */
  nameOf(file: string): string | undefined {
    if (this.#allowed.size === 0 && !file.endsWith(traceFile)) return undefined;
    const found = packageOf(file);
    if (found === undefined) return undefined;
    const way = relative(found.folder, file).split(sep);
    const name = `${prefix}${found.name}/${way.join("/")}`;
    return way.every(isSegment) && (this.#allowed.has(found.name) || name === traceModule) ? name : undefined;
  }

  /** The file of a name. @throws SerializationError for what this side does not have or give */
  fileOf(name: string): string {
    const parts = name.slice(prefix.length).split("/");
    const own = parts.splice(0, name.startsWith(`${prefix}@`) ? 2 : 1).join("/");
    if (!this.#allowed.has(own) && name !== traceModule) {
      const given = this.#allowed.size === 0 ? "none" : [...this.#allowed].join(", ");
      throw new SerializationError(
        `The module ${JSON.stringify(name)} is of a package that may not be named here. \`packages\` of this side: ${given}.`,
      );
    }
    const folder = this.#folderOf(own);
    const file = folder === undefined ? "" : join(folder, ...parts);
    if (folder === undefined || parts.length === 0 || !parts.every(isSegment) || !existsSync(file)) {
      throw new SerializationError(
        `There is no module ${JSON.stringify(name)}: the package ${own} is ${folder === undefined ? "not installed" : "another one"} ` +
          `for ${this.#root}. Install the version that the other side has.`,
      );
    }
    const real = realpathSync(file);
    if (relative(folder, real).split(sep).every(isSegment)) return real;
    throw new SerializationError(
      `The module ${JSON.stringify(name)} is a link that leads out of its package.`,
    );
  }

  /** Where Node would find it for a file in the root. */
  #folderOf(own: string): string | undefined {
    for (let at = this.#root; ; at = dirname(at)) {
      const folder = join(at, "node_modules", own);
      if (existsSync(folder)) return realpathSync(folder);
      if (dirname(at) === at) return undefined;
    }
  }
}

/** The package that a file belongs to: the nearest package.json with a name. */
function packageOf(file: string): { readonly name: string; readonly folder: string } | undefined {
  for (let folder = dirname(file); dirname(folder) !== folder; folder = dirname(folder)) {
    const name = nameIn(join(folder, "package.json"));
    if (name !== undefined) return { name, folder };
  }
  return undefined;
}

function nameIn(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly name?: unknown };
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

/** A part of a way below a folder: no `..`, no drive, nothing hidden, nothing that is decoded once more. */
export function isSegment(text: string): boolean {
  return /^[^./\\:%?#\0][^/\\:%?#\0]*$/.test(text) && text !== "node_modules";
}
